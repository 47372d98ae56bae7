"""Turns text with HTML, or text with a list of entities, into what Telegram stores.

It does not find links, phone numbers or hashtags in plain text, as Telegram also does, and it
knows no Markdown.
"""

import re
from dataclasses import dataclass, field

from tests.support.telegram_fake.validation.links import checked_link
from tests.support.telegram_fake.validation.rules import (
    Json,
    RefusalError,
    bad_request,
    strict,
    utf16_length,
)

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # "only these are supported"
# Telegram finds these by itself and drops them when a bot lists them.
FOUND_BY_TELEGRAM = frozenset("mention hashtag cashtag bot_command url email phone_number".split())
GIVEN_BY_BOT = frozenset({*TAGS.values(), "expandable_blockquote", "text_mention"})

_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.\-]+)))?""")


@dataclass
class Formatted:
    """Plain text, its entities, and the links Telegram would silently have dropped."""

    text: str
    entities: list[Json] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass
class _Open:
    tag: str
    entity: Json
    start: int  # index in `Formatted.entities`, so that outer tags come first


def _cannot_parse(why: str) -> RefusalError:
    return bad_request(f"can't parse entities: {why}")


class _Html:
    """One pass over the markup; offsets in errors are in bytes, offsets of entities in UTF-16."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.at = 0
        self.text = ""
        self.open: list[_Open] = []
        self.found: list[Json] = []

    def byte(self, at: int) -> int:
        return len(self.markup[:at].encode())

    def parse(self) -> Formatted:
        while self.at < len(self.markup):
            if self.markup.startswith("</", self.at):
                self.close_tag()
            elif self.markup[self.at] == "<":
                self.open_tag()
            else:
                self.character()
        if self.open:
            tag = self.open[-1].tag
            raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return self.formatted()

    def character(self) -> None:
        match = _CHARACTER.match(self.markup, self.at)
        decoded = _decoded(match) if match else ""
        if match and decoded:
            self.text += decoded
            self.at = match.end()
        else:
            self.text += self.markup[self.at]
            self.at += 1

    def open_tag(self) -> None:
        begin = self.at
        match = re.compile(r"<([^\s>]*)").match(self.markup, begin)
        tag = match.group(1).lower() if match else ""
        self.at = match.end() if match else begin
        if self.at >= len(self.markup):
            raise _cannot_parse(f"Unclosed start tag at byte offset {self.byte(begin)}")
        if tag not in TAGS:
            where = self.byte(begin)
            raise _cannot_parse(f'Unsupported start tag "{tag}" at byte offset {where}')
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(self.markup, self.at):
            attributes[found.group(1).lower()] = _unescape(
                found.group(2) or found.group(3) or found.group(4) or ""
            )
            self.at = found.end()
        end = re.compile(r"\s*>").match(self.markup, self.at)
        if not end:
            raise _cannot_parse(f'Unclosed start tag "{tag}" at byte offset {self.byte(begin)}')
        self.at = end.end()
        entity = _entity(tag, attributes, self.byte(begin))
        entity["offset"] = utf16_length(self.text)
        self.open.append(_Open(tag, entity, len(self.text)))
        self.found.append(entity)

    def close_tag(self) -> None:
        begin = self.at
        where = self.byte(begin)
        match = re.compile(r"</([^\s>]*)\s*(>?)").match(self.markup, begin)
        if not self.open:
            raise _cannot_parse(f"Unexpected end tag at byte offset {where}")
        if not match or not match.group(2):
            raise _cannot_parse(f"Unclosed end tag at byte offset {where}")
        tag, last = match.group(1).lower(), self.open.pop()
        if tag and tag != last.tag:
            raise _cannot_parse(
                f"Unmatched end tag at byte offset {where}, "
                f'expected "</{last.tag}>", found "</{tag}>"'
            )
        last.entity["length"] = utf16_length(self.text) - last.entity["offset"]
        if last.tag == "a" and not last.entity["url"]:
            last.entity["url"] = self.text[last.start :]
        self.at = match.end()

    def formatted(self) -> Formatted:
        result = Formatted(self.text)
        for entity in self.found:
            if entity["length"] == 0:
                continue
            if entity["type"] == "text_link":
                link = checked_link(entity["url"])
                if link is None:
                    result.dropped.append(entity["url"])
                    continue
                entity.update(link)
                if entity["type"] == "text_mention":
                    del entity["url"]
            result.entities.append(entity)
        _join_pre_and_code(result.entities)
        result.entities.sort(key=lambda e: (e["offset"], -e["length"]))
        return result


def _entity(tag: str, attributes: dict[str, str], where: int) -> Json:
    entity: Json = {"type": TAGS[tag]}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    if tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    if tag == "a":
        entity["url"] = attributes.get("href", "")
    if tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    if tag in {"code", "pre"} and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    return entity


def _join_pre_and_code(entities: list[Json]) -> None:
    """A code with a language exactly inside a pre becomes the language of the pre."""
    for code in [e for e in entities if e["type"] == "code"]:
        language = code.pop("language", "")
        for pre in entities:
            same = (pre["offset"], pre["length"]) == (code["offset"], code["length"])
            if pre["type"] == "pre" and same and language:
                pre["language"] = language
                entities.remove(code)
                break


def _decoded(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return NAMED.get(name, "")
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if number == 0 or number >= 0x10FFFF or len(match.group()) > 10:
        return ""
    if 0xD800 <= number <= 0xDFFF:
        raise bad_request(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(number)


def _unescape(value: str) -> str:
    return _CHARACTER.sub(lambda match: _decoded(match) or match.group(), value)


def parse_html(markup: str) -> Formatted:
    """Reads Telegram's HTML; refuses what Telegram refuses, with byte offsets."""
    return _Html(markup).parse()


def check_given(text: str, given: object) -> list[Json]:
    """Refuses entities of an unknown type or outside the text; keeps those a bot may give."""
    if not isinstance(given, list) or not all(isinstance(e, dict) for e in given):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    units = text.encode("utf-16-le")
    kept = []
    for entity in given:
        _check_entity(entity, units)
        if entity["type"] not in FOUND_BY_TELEGRAM:
            kept.append(dict(entity))
    return sorted(kept, key=lambda e: (e["offset"], -e["length"]))


def _check_entity(entity: Json, units: bytes) -> None:
    if entity.get("type") not in GIVEN_BY_BOT | FOUND_BY_TELEGRAM:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, length = entity.get("offset"), entity.get("length")
    if not isinstance(offset, int) or offset < 0:
        raise bad_request(f"receive an entity with incorrect offset {offset}")
    if not isinstance(length, int) or length <= 0:
        raise bad_request(f"receive an entity with incorrect length {length}")
    if offset * 2 >= len(units):
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if (offset + length) * 2 > len(units):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {offset + length}"
        )
    for edge, word in ((offset, "begins"), (offset + length, "ends")):
        if 0xDC <= int.from_bytes(units[edge * 2 + 1 : edge * 2 + 2], "big") <= 0xDF:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} {word} in a middle of a UTF-16 symbol"
            )
    if entity["type"] == "text_link" and checked_link(str(entity.get("url", ""))) is None:
        raise bad_request(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")


def cleaned(text: str) -> str:
    """Drops what Telegram drops from any text: carriage returns, bidi overrides, controls."""
    text = re.sub("[\r\u2028-\u202e]", "", text)
    return re.sub(r"[\x00-\x09\x0b-\x1f]", " ", text)


def _trimmed(formatted: Formatted) -> Formatted:
    """Takes white space off both ends and moves the entities with the text."""
    text = formatted.text.rstrip()
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.lstrip()
    last = utf16_length(text)
    entities = []
    for entity in formatted.entities:
        begin = max(0, entity["offset"] - lead)
        end = min(last, entity["offset"] + entity["length"] - lead)
        if end > begin:
            entities.append({**entity, "offset": begin, "length": end - begin})
    return Formatted(text, entities, formatted.dropped)


def formatted(text: str, parse_mode: str | None, given: object = None) -> Formatted:
    """What Telegram stores for a text sent with a parse mode, with entities, or with neither."""
    text = cleaned(text)
    if parse_mode and given:
        raise strict("parse_mode and entities are both given; only one is used")
    if parse_mode and parse_mode.lower() != "html":
        if parse_mode.lower() in {"markdown", "markdownv2"}:
            raise strict("this fake reads HTML only, not Markdown")
        raise bad_request("unsupported parse_mode")
    if parse_mode:
        return _trimmed(parse_html(text))
    return _trimmed(Formatted(text, check_given(text, given) if given else []))


def commands_in(text: str) -> list[Json]:
    """The bot_command entities of what a person typed."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match.group()),
        }
        for match in re.finditer(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?(?!\w)", text)
    ]
