"""Takes a text out of a question file: plain words, or the two forms of words that count something.

Does not judge the wording, and knows no language but English.
"""

from __future__ import annotations

from dataclasses import replace

import yaml

from flows.engine.flow import Text, placeholders
from flows.engine.yaml_reader import Reader, line_of

_FORMS = ("one", "other", "count")


def label_at(reader: Reader, node: yaml.Node, what: str, context: str) -> Text:
    """Words that fit a button: they count nothing, so that they can be shown by themselves."""
    return Text(context, reader.text(node, what), file=reader.file, line=line_of(node))


def text_at(reader: Reader, node: yaml.Node, what: str, context: str) -> Text:
    """The words at a node, which may have the forms `one`, `other` and the `count` they hang on."""
    if not isinstance(node, yaml.MappingNode):
        return label_at(reader, node, what, context)
    forms = reader.mapping(node, what, _FORMS)
    for form in _FORMS:
        if form not in forms:
            reader.note(node, f"{what} needs `{form}:`")
    if len(forms) < len(_FORMS):
        return Text(context, "")
    one, other, count = (reader.text(forms[form][1], f"`{form}`") for form in _FORMS)
    if count not in placeholders(other):
        reader.note(node, f"{what} counts `{count}`, so `other` must hold {{{count}}}")
    if extra := set(placeholders(one)) - set(placeholders(other)):
        reader.note(node, f"`one` has {{{min(extra)}}}, which `other` has not")
    return replace(label_at(reader, forms["other"][1], what, context), one=one, count=count)
