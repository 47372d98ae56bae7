"""Parses an English text of a question file: plain, or with the two forms of a count."""

from __future__ import annotations

from dataclasses import replace

import yaml

from flows.engine.flow import Text, placeholders
from flows.engine.yaml_reader import Reader, line_of

_FORMS = ("one", "other", "count")


def label_at(reader: Reader, node: yaml.Node, what: str, context: str) -> Text:
    """A text for a button: it counts nothing, so that it can be shown by itself."""
    return Text(context, reader.text(node, what), file=reader.file, line=line_of(node))


def text_at(reader: Reader, node: yaml.Node, what: str, context: str) -> Text:
    """The text at a node, which may have the forms `one` and `other`, and their `count`."""
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
