"""Tells which addresses Telegram takes as a link.

It does not open them, and it does not know which top-level domains exist.
"""

import re

from tests.support.telegram_fake.validation.rules import Json


def checked_link(url: str) -> Json | None:
    """What Telegram stores for a link, or None where it would silently keep no link at all."""
    mention = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if mention:
        return {
            "type": "text_mention",
            "user": {"id": int(mention.group(1)), "is_bot": False, "first_name": "Someone"},
        }
    if re.match(r"(?i)(tg|ton|tonsite)://\S+$", url):
        return {"type": "text_link", "url": url}
    # "tel:" and "mailto:" are no links to Telegram: only http, https and its own schemes are.
    match = re.fullmatch(r"(?i)(https?://)?([^\s/?#:@]+\.[^\s/?#:@]+)(:\d+)?([/?#]\S*)?", url)
    if not match:
        return None
    scheme, host, port, rest = match.groups("")
    rest = rest if rest.startswith("/") else f"/{rest}"
    return {"type": "text_link", "url": f"{scheme or 'http://'}{host}{port}{rest}"}
