"""A walk, turn by turn: small conversations that show each rule.

The rules for every place of every flow at once are in `test_flow_invariants`.
"""

from __future__ import annotations

import pytest

from flows.engine import (
    Answer,
    AnswerState,
    EndlessFlow,
    Note,
    Voice,
    load,
    load_old,
    stop,
)
from flows.engine.kinds import KindTraits, StepKind
from tests.engine.small_walks import HEAD, Walk
from tests.support.flow_explorer import (
    FLOWS,
    SOUND,
    offered,
)


def test_four_things_are_kept_apart() -> None:
    walk = Walk(FLOWS["after"])
    walk.tap("start", "not_sure", "skip", "rather_not_say", "y")
    states = {step: answer.state.value for step, answer in walk.session.answers.items()}
    assert states == {
        "a1": "not_sure",
        "a1_more": "skipped",
        "a2": "rather_not_say",
        "a3": "answered",
    }
    assert "a4" not in walk.session.answers


def test_back_and_another_answer_replaces() -> None:
    walk = Walk(FLOWS["before"])
    walk.say("A door that locks")
    walk.tap("back")
    assert walk.session.step == "b1"
    walk.say("Somewhere with a garden")
    assert walk["b1"].words == "Somewhere with a garden"
    assert walk.session.step == "b2"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("not_sure", AnswerState.NOT_SURE),
        ("y", AnswerState.ANSWERED),
    ],
)
def test_back_and_keep_it_keeps(answer: str, state: AnswerState) -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("skip", "skip", "skip", answer, "back")
    assert {"keep_it", "take_back"} < {*offered(walk.prompt)}
    assert "skip" not in offered(walk.prompt)
    walk.tap("keep_it")
    assert walk["first"].state is state


def test_back_and_take_it_back_asks_as_if_for_the_first_time() -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("+money", "done", "back")
    assert walk.prompt.stands is not None
    turn = walk.tap("take_back")
    assert (turn.note, turn.dropped_answers) == (Note.TAKEN_BACK, ("b1",))
    assert "b1" not in walk.session.answers
    assert walk.prompt.stands is None
    assert "skip" in offered(walk.prompt)
    assert not any(choice.on for choice in walk.prompt.choices)


def test_back_to_what_was_skipped_may_be_skipped_again() -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("skip", "back")
    assert "skip" in offered(walk.prompt)
    walk.tap("skip")
    assert walk["b1"].state is AnswerState.SKIPPED


def test_back_and_rather_not_say_takes_back() -> None:
    walk = Walk(FLOWS["after"])
    walk.tap("start", "skip", "y", "back", "rather_not_say")
    assert walk["a2"] == Answer("a2", AnswerState.RATHER_NOT_SAY)


def test_back_and_other_ticks_keep_the_words_beside_them() -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("+talk")
    walk.say("With my sister")
    walk.tap("back", "keep_it")
    assert (walk["b1"].choices, walk["b1"].words) == (("talk",), "With my sister")
    walk.tap("back", "+money", "done")
    assert (walk["b1"].choices, walk["b1"].words) == (("talk", "money"), "With my sister")


def test_words_at_buttons_are_kept_beside_what_is_tapped_next() -> None:
    walk = Walk(FLOWS["after"])
    walk.tap("start")
    assert walk.say("In a way").note is Note.KEPT_WORDS
    walk.hear(Voice(SOUND))
    walk.tap("some")
    assert walk["a1"] == Answer("a1", AnswerState.ANSWERED, ("some",), "In a way", (SOUND,))


def test_words_at_buttons_may_be_the_whole_answer() -> None:
    walk = Walk(FLOWS["after"])
    walk.tap("start", "skip")
    assert "done" not in offered(walk.prompt)
    walk.say("The door does not lock")
    walk.tap("done")
    assert walk["a2"] == Answer("a2", AnswerState.ANSWERED, words="The door does not lock")
    assert walk.session.step == "a3"
    walk.tap("back")
    assert "done" not in offered(walk.prompt)


def test_words_with_ticks_answer_with_both() -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("+talk", "+money")
    walk.say("And a key")
    assert (walk["b1"].choices, walk["b1"].words) == (("talk", "money"), "And a key")


def test_done_without_a_tick_asks_for_one() -> None:
    walk = Walk(FLOWS["before"])
    turn = walk.tap("+talk", "-talk", "done")
    assert turn.note is Note.PICK_FIRST
    assert walk.session.step == "b1"


def test_an_answer_that_no_longer_belongs_goes_and_so_does_the_way_back_to_it() -> None:
    walk = Walk(FLOWS["before"])
    walk.tap("skip", "skip", "skip", "y")
    walk.say("The rent")
    walk.tap("skip", "change", "first")
    turn = walk.tap("n")
    assert turn.dropped_answers == ("first_more",)
    steps = []
    while "back" in offered(walk.prompt):
        walk.tap("back")
        steps.append(walk.session.step)
    assert steps[:4] == ["first", "change", "who_may_read", "strength"]
    assert "first_more" not in steps


def test_what_hangs_on_what_was_dropped_is_dropped_too() -> None:
    flow = load(
        f"{HEAD}- {{id: a, kind: choice, text: A, why: W, choices: {{y: Y, n: N}}}}\n"
        "- {id: b, kind: words, text: B, why: W, when: {a: y}}\n"
        "- {id: c, kind: words, text: C, why: W, when: {b: answered}}\n"
        "- {id: d, kind: words, text: D, why: W}\n"
    )
    walk = Walk(flow)
    walk.tap("y")
    walk.say("b")
    walk.say("c")
    walk.tap("back", "back", "back")
    assert set(walk.tap("n").dropped_answers) == {"b", "c"}
    assert walk.session.trail == ("a",)
    assert walk.session.step == "d"


def test_the_way_back_holds_where_a_jump_came_from_what_was_dropped() -> None:
    flow = load(
        f"{HEAD}- {{id: a, kind: choice, text: A, why: W, choices: {{y: Y, n: N}}}}\n"
        "- {id: b, kind: choice, text: B, why: W, when: {a: y}, choices: {o: {text: O, next: d}}}\n"
        "- {id: c, kind: words, text: C, why: W, next: end}\n"
        "- {id: d, kind: choice, gate: true, text: D, choices: {again: {text: A, next: a}}}\n"
    )
    walk = Walk(flow)
    walk.tap("y", "o", "again", "n")
    assert walk.session.trail == ("a", "d", "a")
    for step in ("a", "d", "a"):
        walk.tap("back")
        assert walk.session.step == step


def test_words_said_anew_drop_what_hung_on_the_tap() -> None:
    walk = Walk(FLOWS["after"])
    walk.tap("start", "skip", "rather_not_say", "y", "numbers", "back", "back")
    assert walk.session.step == "a3"
    assert walk.say("It is better").dropped_answers == ("a3_help",)


def test_early_words_join_what_was_just_said() -> None:
    walk = Walk(FLOWS["before"])
    walk.say("A door")
    turn = walk.say("that locks", early=True)
    assert turn.note is Note.ADDED
    assert not turn.prompts
    assert walk["b1"].words == "A door\nthat locks"
    assert "b2" not in walk.session.answers


def test_consent_is_given_by_a_tap_and_words_are_not_kept() -> None:
    walk = Walk(FLOWS["welcome"], {"language": "en", "org_name": "Us", "keep_months": 12})
    turn = walk.say("I am 12")
    assert turn.note is Note.UNKNOWN
    assert walk.session.answers == {}


def test_a_yes_does_not_outlive_saying_under_13() -> None:
    walk = Walk(FLOWS["welcome"], {"language": "en", "org_name": "Us", "keep_months": 12})
    walk.tap("adult", "agree", "back", "back")
    assert walk.session.step == "age"
    turn = walk.tap("under13")
    assert turn.ended
    assert turn.dropped_answers == ("keep",)
    assert set(walk.session.answers) == {"age"}


def said_before(**words: str) -> dict[str, dict[str, Answer]]:
    return {"before": {s: Answer(s, AnswerState.ANSWERED, (), w) for s, w in words.items()}}


def test_what_was_said_before_is_shown_and_can_be_left_unshown() -> None:
    earlier = said_before(b1="A door")
    earlier["before"]["b2"] = Answer("b2", AnswerState.ANSWERED, ("home", "people"))
    shown = Walk(FLOWS["after"], earlier=earlier)
    assert [p.step for p in shown.tap("start").prompts] == ["recall", "a1"]
    assert shown.turn.prompts[0].values["before.b1"].words == "A door"  # type: ignore[union-attr]
    hidden = Walk(FLOWS["after"], earlier=earlier)
    assert [p.step for p in hidden.tap("no_words").prompts] == ["a1"]
    for walk in (shown, hidden):
        walk.tap("skip", "rather_not_say", "rather_not_say")
        assert ("you told me" in walk.prompt.text.source) == (walk is shown)
        walk.tap("rather_not_say")
        assert walk.session.step == "still"
        assert ("before.b2" in walk.prompt.values) == (walk is shown)


def test_stop_keeps_what_was_said_and_ends() -> None:
    walk = Walk(FLOWS["before"])
    walk.say("A door")
    turn = stop(walk.flow, walk.session)
    assert turn.ended
    assert turn.stopped
    assert turn.session.answers == walk.session.answers


def test_every_text_of_a_prompt_is_given_its_values() -> None:
    known = "{fact.worker_name: known}"
    flow = load(
        f"{HEAD}- id: a\n  kind: choice\n  meaning: sharing\n  text: For {{org_name}}\n"
        f'  why: By {{keep_months}}\n  hint: "{{total}}"\n  choices:\n    s: Us\n'
        f'    w: {{text: "{{worker_name}}", when: {known}}}\n'
    )
    facts = {"org_name": "Us", "keep_months": 6}
    assert dict(Walk(flow, facts).prompt.values) == {**facts, "total": 0}
    assert Walk(flow, {**facts, "worker_name": "Alex"}).prompt.values["worker_name"] == "Alex"


def test_a_loop_in_an_old_file_fails_that_turn_only() -> None:
    flow = load_old(
        f"{HEAD}- {{id: a, kind: choice, gate: true, text: Go, choices: {{y: Go}}}}\n"
        "- {id: b, kind: say, again: true, text: Tick, next: c}\n"
        "- {id: c, kind: say, again: true, text: Tock, next: b}\n",
        "quiz",
    )
    walk = Walk(flow)
    with pytest.raises(EndlessFlow):
        walk.tap("y")


def test_a_flow_may_begin_with_what_is_not_needed() -> None:
    flow = load(
        f"{HEAD}- {{id: a, kind: words, text: A, why: W, when: {{fact.language: unknown}}}}\n"
        "- {id: b, kind: say, text: B}\n- {id: c, kind: words, text: C, why: W}\n"
    )
    assert [p.step for p in Walk(flow).turn.prompts] == ["a"]
    assert [p.step for p in Walk(flow, {"language": "en"}).turn.prompts] == ["b", "c"]


def test_text_of_a_certain_form_is_read_or_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of question with a reader keeps what the reader gives, and nothing else."""
    reads = KindTraits(types=True, read=lambda typed: typed.upper() if typed.isalpha() else None)
    monkeypatch.setattr(StepKind.WORDS, "traits", reads)
    flow = load(
        f"{HEAD}- {{id: a, kind: words, text: A, why: W}}\n"
        "- {id: b, kind: words, text: B, why: W}\n"
    )
    walk = Walk(flow)
    for turn in (walk.say("12"), walk.hear(Voice({"file": "1"}))):
        assert (turn.note, turn.answers) == (Note.UNKNOWN, ())
        assert [p.step for p in turn.prompts] == ["a"]
    assert walk.say("yes").answers == (Answer("a", AnswerState.ANSWERED, (), "YES"),)
    early = walk.say("12", early=True)
    assert (early.note, walk["a"].words) == (Note.UNKNOWN, "YES")
    walk.tap("back")
    walk.say("no")
    assert walk["a"].words == "NO"
    walk.tap("skip")
    assert walk["b"].state is AnswerState.SKIPPED
