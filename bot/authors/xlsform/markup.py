"""Strips markup from an XLSForm's text: markdown and HTML, as ODK reads them.

What markup carried beside its text (an address, a picture) is reported, so that nothing is lost
silently. See https://xlsform.org/en/#styling-prompts.
"""

from __future__ import annotations

import html
import re

_TAGS = (
    "a|abbr|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|mark|ol|p|pre|s|small|"
    "span|strike|strong|sub|sup|table|tbody|td|th|tr|u|ul"
)
_BREAK = re.compile(r"(?i)<br\s*/?>|<hr\s*/?>|</(?:p|div|li|h[1-6]|tr)>")
_TAG = re.compile(rf"(?i)</?(?:{_TAGS})(?:\s[^<>]*)?/?>")
_HTML_LINK = re.compile(r"(?is)<a\s[^<>]*?href\s*=\s*[\"']?([^\"'\s>]+)[\"']?[^<>]*>(.*?)</a\s*>")
_HTML_PICTURE = re.compile(r"(?is)<img\s[^<>]*?src\s*=\s*[\"']?([^\"'\s>]+)[^<>]*>")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_EMPHASIS = (
    re.compile(r"(?<![\\*\w])\*\*(?=\S)(.+?)(?<=[^\s\\*])\*\*(?!\w)"),
    re.compile(r"(?<![\\_\w])__(?=[^\s_])(.+?)(?<=[^\s\\_])__(?!\w)"),
    re.compile(r"(?<![\\*\w])\*(?=[^\s*])(.+?)(?<=[^\s\\*])\*(?![*\w])"),
    re.compile(r"(?<![\\_\w])_(?=[^\s_])(.+?)(?<=[^\s\\_])_(?![_\w])"),
)
_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+")
_ESCAPED = re.compile(r"\\([\\*_#\[\]()`>!-])")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
LOOKS = "the marks for bold, colour and the like are taken out"


def bare(words: str) -> tuple[str, list[str]]:
    """The words alone, and what was taken out of them, in sentences."""
    gone: list[str] = []

    def link(text: str, address: str) -> str:
        gone.append(f"the address {address} behind “{text}” is taken out")
        return text

    def picture(address: str) -> str:
        gone.append(f"the picture {address} is taken out")
        return ""

    found = _HTML_LINK.sub(lambda m: link(_TAG.sub("", m[2]).strip(), m[1]), words)
    found = _HTML_PICTURE.sub(lambda m: picture(m[1]), found)
    found = _PICTURE.sub(lambda m: picture(m[2]), found)
    found = _LINK.sub(lambda m: link(m[1], m[2]), found)
    looks = _HEADING.sub("", _TAG.sub("", _BREAK.sub("\n", found)))
    for pattern in _EMPHASIS:
        looks = pattern.sub(r"\1", looks)
    if looks != found:
        gone.append(LOOKS)
    looks = _ESCAPED.sub(r"\1", looks)
    return _ENTITY.sub(lambda m: html.unescape(m[0]), looks), gone
