"""Makes a chosen call go wrong in a chosen way.

It does nothing by itself: the server asks it about every call.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "400",
    "401",
    "403_blocked",
    "404",
    "429",
    "500",
    "502_html",
    "timeout",
    "drop_before",
    "drop_after",
]


@dataclass
class Fault:
    """One planned failure; `times=None` lasts until it is cleared."""

    kind: Kind
    method: str | None
    chat_id: int | None
    times: int | None
    after: bool  # the call does its work first, and then fails
    retry_after: int
    description: str
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def fits(self, method: str, chat_id: int | None) -> bool:
        """Whether this call is to go wrong."""
        return (
            (self.times is None or self.times > 0)
            and self.method in {None, method}
            and self.chat_id in {None, chat_id}
        )


@dataclass(frozen=True)
class Consumed:
    """A failure that happened: which, to what call."""

    kind: Kind
    method: str
    chat_id: int | None
    call: int  # the call's `order`


class Faults:
    """The planned failures, and those that happened."""

    def __init__(self) -> None:
        """Starts with nothing going wrong."""
        self.planned: list[Fault] = []
        self.consumed: list[Consumed] = []
        self._held: list[Fault] = []

    def add(
        self,
        *,
        kind: str,
        method: str | None = None,
        times: int | None = 1,
        chat: int | None = None,
        after: bool = False,
        retry_after: int = 5,
        description: str = "Bad Request: a fault of the test",
    ) -> Fault:
        """Plans a failure of the next `times` calls of `method` (any, if None) to `chat`.

        `retry_after` is in seconds, for "429"; `description` is for "400".
        """
        known: tuple[Kind, ...] = get_args(Kind)
        found = next((each for each in known if each == kind), None)
        if found is None:
            raise AssertionError(f"no fault {kind!r}; there are {', '.join(known)}")
        after = after or found == "drop_after"
        fault = Fault(found, method, chat, times, after, retry_after, description)
        self.planned.append(fault)
        return fault

    def take(self, method: str, chat_id: int | None, call: int) -> Fault | None:
        """The failure of this call, if one is planned, used up once."""
        fault = next((f for f in self.planned if f.fits(method, chat_id)), None)
        if fault is None:
            return None
        if fault.times is not None:
            fault.times -= 1
        self.consumed.append(Consumed(fault.kind, method, chat_id, call))
        return fault

    async def hold(self, fault: Fault) -> None:
        """Keeps a call waiting until `release()`."""
        self._held.append(fault)
        await fault.released.wait()

    def release(self) -> None:
        """Lets every held call go on; it then works and is answered, late."""
        for fault in self._held:
            fault.released.set()
        self._held.clear()

    def clear(self) -> None:
        """Ends all failures, and lets held calls go."""
        self.planned.clear()
        self.release()
