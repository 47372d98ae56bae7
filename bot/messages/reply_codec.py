"""Serialises replies for the outbox table, and parses them.

The keys and the names of attachments are stored in databases: a rename in the code must not change
them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import orjson
import structlog

from bot.domain.participant import ContentOwner
from bot.messages.incoming import ButtonPress
from bot.messages.reply import (
    Attachment,
    CardSheet,
    ClearChat,
    DataCopy,
    Document,
    DocumentLine,
    InlineButton,
    InvitationCard,
    Message,
    MessageEdit,
    QrCode,
    Reply,
    VoiceNote,
)

log = structlog.get_logger()

_IS_A: dict[type, str] = {
    QrCode: "Qr",
    CardSheet: "Cards",
    Document: "Page",
    VoiceNote: "Voice",
    DataCopy: "Copy",
}

_REPLY = frozenset(
    "id chat messages pressed toast redraw chosen session_id turn urgent lasting menu whose clear"
    " heard forgets holds closes clears stops silent stranger unmenu edits".split()
)
_WHOSE = frozenset("participant_id taken_back session_id worker_id".split())


def encode(reply: Reply) -> bytes:
    """A reply as JSON bytes; `decode` gives it back."""
    press, owner, clear, edit = reply.button_press, reply.owner, reply.clear, reply.edit
    return orjson.dumps(
        {
            "id": reply.id,
            "chat": reply.chat,
            "messages": [_message(message) for message in reply.messages],
            "pressed": None
            if press is None
            else {
                "data": press.data,
                "message_id": press.message_id,
                "query_id": press.query_id,
            },
            "toast": reply.toast,
            "redraw": reply.edit_keyboard_only,
            "chosen": reply.chosen_label,
            "session_id": reply.session_id,
            "turn": reply.turn,
            "urgent": reply.urgent,
            "lasting": reply.standalone,
            "menu": reply.commands,
            "whose": None
            if owner is None
            else {
                "participant_id": owner.participant_id,
                "taken_back": owner.content_version,
                "session_id": owner.session_id,
                "worker_id": owner.worker_id,
            },
            "clear": None if clear is None else {"words": clear.words, "known": clear.known},
            "heard": reply.incoming_ids,
            "forgets": reply.deletes_incoming,
            "holds": reply.is_placeholder,
            "closes": reply.supersedes_queue,
            "clears": reply.blank_text,
            "stops": reply.stops,
            "silent": reply.silent,
            "stranger": reply.low_priority,
            # Only where it is so: an earlier version would refuse a key that it does not know.
            **({"unmenu": True} if reply.resets_commands else {}),
            **(
                {}
                if edit is None
                else {"edits": [edit.message_id, edit.participant_id, edit.names]}
            ),
        }
    )


def decode(data: bytes) -> Reply:
    """Parses what `encode` wrote, in this or an earlier version.

    Raises:
        ValueError: a newer version wrote it: what it does not know may be a restriction.
    """
    row: dict[str, Any] = orjson.loads(data)
    _refuse_unknown(row, _REPLY)
    press, owner, clear = row.get("pressed"), row.get("whose"), row.get("clear")
    return Reply(
        id=row["id"],
        chat=row["chat"],
        messages=tuple(_decoded(message) for message in row["messages"]),
        button_press=None if press is None else ButtonPress(**press),
        # A row may be of a version that did not have all of these yet.
        toast=row.get("toast"),
        edit_keyboard_only=row.get("redraw", False),
        chosen_label=row.get("chosen"),
        session_id=row.get("session_id"),
        turn=row.get("turn", 0),
        urgent=row.get("urgent", False),
        standalone=row.get("lasting", False),
        commands=tuple((name, text) for name, text in row.get("menu", ())),
        owner=None if owner is None else _owner(owner),
        clear=None if clear is None else _clear(clear),
        incoming_ids=tuple((number, at) for number, at in row.get("heard", ())),
        deletes_incoming=row.get("forgets", False),
        is_placeholder=row.get("holds", False),
        supersedes_queue=row.get("closes", False),
        blank_text=row.get("clears", ""),
        stops=row.get("stops", False),
        silent=row.get("silent", False),
        low_priority=row.get("stranger", False),
        resets_commands=row.get("unmenu", False),
        edit=MessageEdit(*edits) if (edits := row.get("edits")) else None,
    )


def decode_all(outbox: Iterable[tuple[dt.datetime, bytes]]) -> Iterator[tuple[dt.datetime, Reply]]:
    """Parses outbox entries; one that cannot be parsed, of another version, holds up no other."""
    for at, body in outbox:
        try:
            yield at, decode(body)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("owed.not_read", error=type(error).__name__)


def _message(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "why": message.reason,
        "choices": [_button(button) for button in message.choices],
        "controls": [_button(button) for button in message.controls],
        "right_to_left": message.right_to_left,
        "attach": None if message.attachment is None else _attachment(message.attachment),
        "protect": message.protect_content,
        **({"compact": [_button(b) for b in message.compact]} if message.compact else {}),
        **({} if message.alert_id is None else {"alert": message.alert_id}),
    }


def _button(button: InlineButton) -> dict[str, str]:
    return {"label": button.label, "data": button.data}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {**asdict(attachment), "is_a": _IS_A[type(attachment)]}


def _decoded(row: dict[str, Any]) -> Message:
    return Message(
        text=row["text"],
        reason=row["why"],
        choices=tuple(InlineButton(**button) for button in row["choices"]),
        controls=tuple(InlineButton(**button) for button in row["controls"]),
        right_to_left=row["right_to_left"],
        attachment=_decoded_attachment(row.get("attach")),
        protect_content=row.get("protect", False),
        compact=tuple(InlineButton(**button) for button in row.get("compact", ())),
        alert_id=row.get("alert"),
    )


def _refuse_unknown(row: dict[str, Any], known: frozenset[str]) -> None:
    if unknown := row.keys() - known:
        raise ValueError(f"keys of a newer version: {', '.join(sorted(unknown))}")


def _owner(row: dict[str, Any]) -> ContentOwner:
    _refuse_unknown(row, _WHOSE)
    about = row.get("session_id"), row.get("worker_id")
    return ContentOwner(row["participant_id"], row["taken_back"], *about)


def _clear(row: dict[str, Any]) -> ClearChat:
    known = tuple((number, ours, at) for number, ours, at in row["known"])
    return ClearChat(row["words"], known)


def _decoded_attachment(row: dict[str, Any] | None) -> Attachment | None:
    if row is None:
        return None
    # A row of the first versions calls the name of an attachment its kind.
    match row.pop("is_a", None) or row.pop("kind"):
        case "Qr":
            return QrCode(**row)
        case "Cards":
            cards = tuple(InvitationCard(**{**c, "words": tuple(c["words"])}) for c in row["items"])
            return CardSheet(cards, row["right_to_left"], row.get("made_on", ""))
        case "Page":
            lines = tuple(DocumentLine(**line) for line in row.pop("lines"))
            return Document(lines, **row)
        case "Voice":
            return VoiceNote(**row)
        case "Copy":
            return DataCopy(**row)
        case kind:
            raise ValueError(f"an attachment of an unknown kind: {kind}")
