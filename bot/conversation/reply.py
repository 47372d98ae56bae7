"""What is said back, rendered in a language but not yet in a face's own form.

Cannot send itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.conversation.arrival import Pressed


@dataclass(frozen=True, slots=True)
class Key:
    """One button: what it says and the data it carries (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `why` stands under the text in another hand; `controls` under the choices."""

    text: str
    why: str | None = None
    choices: tuple[Key, ...] = ()
    controls: tuple[Key, ...] = ()
    right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything one arrival brings back.

    `toast` answers a tap for a moment; `redraw` changes only the buttons of the tapped message;
    `chosen` is the label left on it when its question is answered.
    """

    id: int
    chat: int
    messages: tuple[Message, ...] = ()
    pressed: Pressed | None = None
    toast: str | None = None
    redraw: bool = False
    chosen: str | None = None
    session_id: int | None = None
    turn: int = 0
    urgent: bool = field(default=False, compare=False)

    def to_bytes(self) -> bytes:
        """The reply as bytes, for the database; `from_bytes` gives it back."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Reply:
        """A reply from what `to_bytes` gave."""
        fields: dict[str, Any] = json.loads(data)
        fields["messages"] = tuple(
            Message(
                text=m["text"],
                why=m["why"],
                choices=tuple(Key(**k) for k in m["choices"]),
                controls=tuple(Key(**k) for k in m["controls"]),
                right_to_left=m["right_to_left"],
            )
            for m in fields["messages"]
        )
        if fields["pressed"] is not None:
            fields["pressed"] = Pressed(**fields["pressed"])
        return cls(**fields)
