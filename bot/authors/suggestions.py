"""How to fix a mistake in a question file, explained for authors who have never programmed.

The loader finds the mistakes.
"""

from __future__ import annotations

import re

from flows.engine import Problem

_IDEAS: tuple[tuple[str, str], ...] = (
    (r"a quote opens here", "write the closing quote at the end of these words"),
    (r"a bracket opens here", "close it at the end of this line, or of what belongs to it"),
    (r"`- ` is missing", "begin the line with `- id:`, as far in as the other steps"),
    (r"further in than", "move it as far in as the line above it"),
    (r"not YAML.*\\t", "use blanks to move a line in, never the tab key"),
    (
        r"not YAML: (mapping values|could not find expected ':')",
        'words with a colon need quotes around them: text: "One thing: two."',
    ),
    (
        r"not YAML: (found unexpected end|while scanning|found character|expected <document)",
        "look for a quote that opens and does not close, here or a little above",
    ),
    (
        r"not YAML: .*found '<scalar>'",
        'words stand after a closing quote: put the quotes around the whole, text: "One. Two."',
    ),
    (
        r"not YAML: (did not find expected|expected|while parsing)",
        "look for a bracket, or a line that is not as far in as those beside it",
    ),
    (r"not YAML", "undo the last change, and make it again in small steps"),
    (r"not UTF-8", "save the file as UTF-8 in your editor"),
    (r"the file is empty|missing or empty", "bring back the file as it was before"),
    (r"did you mean `([^`]+)`", r"write `\1`"),
    (r"cannot be `[^`]*`; it can be", "choose one of these"),
    (r"must say `why:`", "add a line `why: We ask so …`, with a true reason"),
    (r"needs `choices:`", 'add `choices:` and below it lines such as `y: {text: "Yes"}`'),
    (r"cannot have `choices:`", "make it `kind: choice`, or take `choices:` away"),
    (r"needs `(\w+):`", r"add a line `\1: …`"),
    (r"`id` stands twice in a step", "begin the line with `- `, if a step begins here"),
    (r"stands twice", "keep one of the two lines"),
    (r"two steps are called `(\w+)`", r"call the second one otherwise, such as `\1_2`"),
    (r"is added by itself", "take this line away: people get that button anyway"),
    (r"would say Rather not say twice", "take the choice away; `decline` adds it"),
    (r"is longer than|more than 12 choices", "say less, or make two steps of it"),
    (r"must be one line", "take the line break out"),
    (r"brace without its partner", "close it, as in {total}, or leave both out"),
    (r"is empty", "write the words, or take the line away"),
    (r"must be true or false", "write `true`, or take the line away"),
    (r"goes to itself", "take `next:` away, or name another step"),
    (r"which does not exist", "name a step of this file, as it stands after `id:`"),
    (r"which is only there `when`", "go to a step without `when:`, or take its `when:` away"),
    (r"nothing ever leads to", "a `next:` jumps over it: take that away, or let one come here"),
    (r"can never come to an end", "give one of its choices `next: end`, or let it go straight on"),
    (r"messages come without a question", "put two of them into one, or ask something between"),
    (r"can never be", "name one of its choices, or `answered` or `skipped`"),
    (r"keeps no answer", "name a question that people answer"),
    (r"may be missing; it needs `when: \{([^}]*)\}`", r"put it under `instead:` with `when: {\1}`"),
    (r"nothing is called|there is no", "take it away, or see flows/README.md for what there is"),
    (r"must be in a file called (\S+)", r"call the file \1, or put the old name back"),
    (r"must begin with a small letter", "such as `{slug}`"),
    (r"cannot be called `", "choose another short name, such as `{slug}_1`"),
    (r"has no `\w+`", "take the line away"),
    (r"must be `name: value` lines", "write one `name: value` a line, each as far in as the next"),
    (r"must be plain words", 'write the words in one piece, in quotes: "…"'),
    (r"must be a plain word", "write one name before the colon, without brackets"),
    (r"must be a list", "begin each entry with `- `, one below the other"),
    (r"at least one step", "begin a step with `- id: …`"),
    (r"but not in `text`", "write “{number} of {total}.” in `text` too, or in neither"),
    (r"may be quoted later", "write plain words on the button"),
    (r"lets several be chosen", "make it `kind: choice`, or let the step's own `next` lead on"),
    (r"is a gate, so it must be", "make it `kind: choice`, or take `gate: true` away"),
    (r"one choice must always be there", "take the `when:` of one choice away"),
    (r"no choices to tap", "take `typed: true` away"),
    (r"names nothing that", "name a choice, as in `when: {wish: [talk]}`"),
    (r"only says something", "make it `kind: choice` if it asks, or take these lines away"),
)


def suggest_fix(problem: Problem) -> str:
    """The suggestion for a problem, or the empty string where its message says it all."""
    for pattern, words in _IDEAS:
        if found := re.search(pattern, problem.message):
            quoted = re.search(r"`([^`]*)`", problem.message)
            return found.expand(words).replace("{slug}", slug(quoted.group(1) if quoted else ""))
    return ""


def slug(words: str) -> str:
    """A valid name made of these words."""
    made = re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")[:16].strip("_")
    return made if made[:1].isalpha() else f"q_{made}".strip("_")
