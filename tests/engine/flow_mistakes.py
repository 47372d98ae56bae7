"""Every mistake that a flow file can have, with its line.

It checks nothing by itself.
"""

from __future__ import annotations

HEAD = "flow: quiz\nfor: adult\nsteps:\n"
ASK = """\
- id: q1
  kind: choice
  text: How are you?
  why: We want to know.
  choices:
    y: Well
    n: Not so well
"""
WORDS = "- {id: %s, kind: words, text: And %s, why: So.}\n"
SAY = "- {id: %s, kind: say, text: Hello %s.}\n"
END = "- {id: bye, kind: say, text: Goodbye.}\n"


def step(extra: str, kind: str = "choice") -> str:
    """A file with one step, whose last line (10) is `extra`."""
    middle = (
        "  choices:\n    y: Well\n"
        if kind.startswith("choice")
        else "  hint: One\n  again: false\n"
    )
    return f"{HEAD}- id: q1\n  kind: {kind}\n  text: How?\n  why: So.\n{middle}{extra}\n"


def choice(extra: str) -> str:
    """A file with one step, whose first choice is on line 9."""
    return f"{HEAD}- id: q1\n  kind: choice\n  text: How?\n  why: So.\n  choices:\n    {extra}\n"


MISTAKES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "empty": ("", [(1, "empty")]),
    "only a remark": ("# nothing yet\n", [(1, "empty")]),
    "a tab": (f"{HEAD}-\tid: q1\n\tkind: say\n", [(4, "not YAML")]),
    "a quote left open": (f'{HEAD}- id: "q1\n  kind: say\n', [(4, "not YAML")]),
    "a bracket left open": (f"{HEAD}- [id, kind\n", [(4, "not YAML")]),
    "a control character": (f"{HEAD}- id: q\x001\n", [(4, "not YAML")]),
    "an impossible letter": (f'{HEAD}- id: "\\UFFFFFFFF"\n', [(1, "not YAML")]),
    "too deep": (HEAD + "  [\n" * 3000, [(1, "not YAML")]),
    "two files in one": (f"{HEAD}{ASK}---\nflow: two\n", [(11, "not YAML")]),
    "an unknown anchor": (f"{HEAD}- *nobody\n", [(4, "not YAML")]),
    "a list at the top": ("- a\n- b\n", [(1, "must be `name: value`"), (1, "needs `flow:`")]),
    "no name": ("for: adult\nsteps: []\n", [(1, "a flow file needs `flow:`")]),
    "no steps": ("flow: quiz\nfor: adult\nsteps: []\n", [(3, "at least one step")]),
    "steps as words": ("flow: quiz\nfor: adult\nsteps: soon\n", [(3, "a step must be")]),
    "an unknown part": (f"{HEAD}{ASK}when_done: x\n", [(11, "a flow file has no `when_done`")]),
    "a slip in a part": (f"flwo: quiz\n{HEAD}{ASK}", [(1, "did you mean `flow`?")]),
    "a bad name": (f"flow: My Quiz\nfor: adult\nsteps:\n{ASK}", [(1, "small letter")]),
    "nobody's": (f"flow: quiz\nfor: aduld\nsteps:\n{ASK}", [(2, "did you mean `adult`?")]),
    "a step without id": (f"{HEAD}- kind: say\n  text: Hello.\n", [(4, "a step needs `id:`")]),
    "a step without text": (f"{HEAD}- id: q1\n  kind: say\n", [(4, "a step needs `text:`")]),
    "a step that is a word": (f"{HEAD}- hello\n", [(4, "must be `name: value`")]),
    "an unknown key": (step("  wyh: So."), [(10, "did you mean `why`?")]),
    "a key twice": (step("  why: Again."), [(10, "`why` stands twice")]),
    "a key that is a list": (step("  [a, b]: c"), [(10, "plain word")]),
    "an unknown kind": (step("", "choise"), [(5, "did you mean `choice`?")]),
    "an id too long": (f"{HEAD}- {{id: a{'b' * 18}, kind: say, text: H.}}\n", [(4, "up to 18")]),
    "an id with capitals": (f"{HEAD}- {{id: Q1, kind: say, text: H.}}\n", [(4, "small letter")]),
    "an id twice": (f"{HEAD}{ASK}{WORDS % ('q1', 'now')}", [(11, "two steps are called `q1`")]),
    "the end's name": (f"{HEAD}{SAY % ('end', 'you')}", [(4, "cannot be called `end`")]),
    "a button's name": (f"{HEAD}{SAY % ('skip', 'you')}", [(4, "cannot be called `skip`")]),
    "the stop's name": (f"{HEAD}{SAY % ('stopped', 'you')}", [(4, "cannot be called `stopped`")]),
    "empty words": (f'{HEAD}- {{id: a, kind: say, text: " "}}\n', [(4, "`text` is empty")]),
    "words that are a list": (f"{HEAD}- {{id: a, kind: say, text: [b]}}\n", [(4, "plain words")]),
    "too long a text": (
        f"{HEAD}- {{id: a, kind: say, text: {'a' * 1501}}}\n",
        [(4, "longer than 1500")],
    ),
    "a brace alone": (f'{HEAD}- {{id: a, kind: say, text: "Hi }}"}}\n', [(4, "partner")]),
    "braces turned round": (f'{HEAD}- {{id: a, kind: say, text: "}}Hi{{"}}\n', [(4, "partner")]),
    "an unknown placeholder": (
        f'{HEAD}- {{id: a, kind: say, text: "For {{org_nam}}"}}\n',
        [(4, "did you mean `org_name`?")],
    ),
    "a fact as a placeholder": (
        f'{HEAD}- {{id: a, kind: say, text: "By {{fact.org_name}}"}}\n',
        [(4, "nothing is called `{fact.org_name}`")],
    ),
    "a fact that may be missing": (
        f'{HEAD}- {{id: a, kind: say, text: "By {{worker_name}}"}}\n',
        [(4, "when: {fact.worker_name: known}")],
    ),
    "a number in one wording": (
        step('  instead: [{when: {fact.language: known}, text: "{number}. How?"}]'),
        [(4, "but not in `text`")],
    ),
    "no choices": (
        f"{HEAD}- {{id: a, kind: choice, text: H, why: S.}}\n",
        [(4, "needs `choices")],
    ),
    "choices for words": (step("  choices: {y: Well}", "words"), [(4, "cannot have `choices:`")]),
    "too many choices": (
        choice("\n    ".join(f"c{n}: Choice {n}" for n in range(13))),
        [(4, "more than 12")],
    ),
    "too long a label": (choice(f"y: {'a' * 61}"), [(4, "longer than 60")]),
    "a label of two lines": (choice('y: "One\\ntwo"'), [(4, "one line")]),
    "a label that may change": (
        choice('y: {text: "{worker_name}", when: {fact.worker_name: known}}'),
        [(4, "may be quoted later")],
    ),
    "a label that is missing": (choice("y: {next: end}"), [(9, "choice `y` needs `text:`")]),
    "a control as a choice": (choice("skip: Skip it"), [(9, "added by itself")]),
    "the end as a choice": (choice("end: The end"), [(9, "cannot be called `end`")]),
    "a choice with capitals": (choice("Yes: Well"), [(9, "cannot be called `Yes`")]),
    "a choice twice": (choice("y: Well\n    y: Ill"), [(10, "`y` stands twice")]),
    "an unknown deed": (choice("y: {text: Well, does: delet}"), [(9, "did you mean `delete`?")]),
    "a jump out of several": (
        step("    n: {text: No, next: end}", "choices"),
        [(4, "lets several be chosen")],
    ),
    "rather not say twice": (
        step("    rather_not_say: Rather not say\n  decline: rather_not_say"),
        [(4, "twice")],
    ),
    "no why": (f"{HEAD}- {{id: a, kind: words, text: How}}\n", [(4, "must say `why:`")]),
    "a saying with a why": (f"{HEAD}- {{id: a, kind: say, text: Hi., why: S.}}\n", [(4, "no why")]),
    "a gate of words": (step("  gate: true", "words"), [(4, "must be a choice")]),
    "a gate that may be shut": (
        f"{HEAD}- {{id: a, kind: choice, gate: true, text: Go,\n"
        "   choices: {y: {text: Go, when: {fact.language: en}}}}\n",
        [(4, "one choice must always be there")],
    ),
    "typed without choices": (step("  typed: true", "words"), [(4, "`typed` says nothing")]),
    "neither true nor false": (step("  typed: maybe"), [(10, "true or false")]),
    "an unknown decline": (step("  decline: no"), [(10, "`decline` cannot be `no`")]),
    "an unknown meaning": (step("  meaning: sucess"), [(10, "did you mean `success`?")]),
    "an unknown next": (step("  next: q2"), [(4, "goes to `q2`, which does not exist")]),
    "a next to itself": (step("  next: q1"), [(4, "goes to itself")]),
    "an unknown jump": (choice("y: {text: Well, next: ned}"), [(4, "does not exist")]),
    "a jump to what may not be": (
        f"{HEAD}{ASK}    o: {{text: Else, next: q2}}\n{WORDS % ('q3', 'so')}"
        "- {id: q2, kind: words, text: And, why: So., when: {q1: y}}\n",
        [(4, "only there `when`")],
    ),
    "a condition on nothing": (step("  when: {q2: y}"), [(4, "`when` names `q2`")]),
    "a condition on a slip": (
        f"{HEAD}{ASK}- {{id: q2, kind: words, text: And, why: So., when: {{q1: yy}}}}\n{END}",
        [(11, "did you mean `y`?")],
    ),
    "a condition that cannot be": (
        f"{HEAD}{ASK}- {{id: q2, kind: say, text: And., when: {{q1: met}}}}\n{END}",
        [(11, "can never be `met`")],
    ),
    "a condition on a gate's answer": (
        f"{HEAD}- {{id: q1, kind: choice, gate: true, text: Go, choices: {{y: Go}}}}\n"
        f"- {{id: q2, kind: say, text: And., when: {{q1: y}}}}\n{END}",
        [(5, "can never be `y`")],
    ),
    "a condition on an unknown fact": (
        step("  when: {fact.wether: fine}"),
        [(4, "no fact `wether`")],
    ),
    "a condition that is a word": (step("  when: always"), [(10, "must be `name: value`")]),
    "a condition without values": (step("  when: {fact.language: []}"), [(4, "names nothing")]),
    "a wording without words": (
        step("  instead: [{when: {fact.language: en}}]"),
        [(10, "needs `when:` and `text:`")],
    ),
    "what nothing leads to": (
        f"{HEAD}{ASK}  next: bye\n{WORDS % ('lost', 'so')}{END}",
        [(12, "nothing ever leads to `lost`")],
    ),
    "what never ends": (
        HEAD
        + "- {id: a, kind: choice, gate: true, again: true, text: Go, choices: {y: Go}, next: b}\n"
        "- {id: b, kind: choice, gate: true, again: true, text: Go, choices: {y: Go}, next: a}\n",
        [(4, "can never come to an end"), (5, "can never come to an end")],
    ),
    "a loop that only says": (
        f"{HEAD}- {{id: a, kind: say, again: true, text: Tick., next: b}}\n"
        "- {id: b, kind: say, again: true, text: Tock., next: a}\n",
        [(4, "without a question"), (4, "can never come to an end")],
    ),
    "too many sayings": (
        HEAD + "".join(SAY % (f"s{n}", n) for n in range(3)) + ASK,
        [(4, "more than 2 messages")],
    ),
    "too many sayings where some are passed by": (
        f"{HEAD}{ASK}{SAY % ('s1', 1)}- {{id: s2, kind: say, text: Hi., when: {{q1: y}}}}\n"
        f"{SAY % ('s3', 3)}",
        [(11, "more than 2 messages")],
    ),
}
