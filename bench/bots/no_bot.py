"""No bot at all: answers everything without a thought, to show how much the fake Bot API bears.

`python no_bot.py API DATABASE`; the database is left alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from bench.bots.instrumented import TOKEN, watched  # noqa: E402
from bench.bots.peers_common import keys, said  # noqa: E402
from bench.conversation import TURNS  # noqa: E402


class Line:
    """One connection, with requests sent behind each other and answers dropped or awaited."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *requests: bytes) -> None:
        """Sends requests."""
        self._writer.write(b"".join(requests))

    async def answer(self) -> bytes:
        """The next answer's body."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        return await self._reader.readexactly(int(head.rpartition(b": ")[2]))


def request(method: str, asked: object) -> bytes:
    """One request's bytes."""
    body = json.dumps(asked).encode()
    return (
        f"POST /bot{TOKEN}/{method} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def replies(update: dict[str, dict[str, object]], turns: dict[int, int]) -> list[bytes]:
    """What one update brings."""
    tap = update.get("callback_query")
    chat: int = (tap or update["message"])["from"]["id"]  # type: ignore[index]
    turn = turns.get(chat, 0)
    turns[chat] = turn + 1
    picked = TURNS[turn].tap if TURNS[turn].pick else ""
    rows = [[{"text": t, "callback_data": d} for t, d in r] for r in keys(turn, picked=picked)]
    markup = {"inline_keyboard": rows}
    found = []
    if tap:
        found.append(request("answerCallbackQuery", {"callback_query_id": tap["id"]}))
    if not TURNS[turn].pick:
        sent = {"chat_id": chat, "text": said(turn), "reply_markup": markup}
        found.append(request("sendMessage", sent))
        markup = {"inline_keyboard": [[{"text": "✓", "callback_data": "-"}]]}
    if tap:
        under: int = tap["message"]["message_id"]  # type: ignore[index]
        edited = {"chat_id": chat, "message_id": under, "reply_markup": markup}
        found.append(request("editMessageReplyMarkup", edited))
    return found


async def main(api: str) -> None:
    """Runs until it is ended."""
    where = urlsplit(api)
    polling = Line(*await asyncio.open_connection(where.hostname, where.port))
    sending = Line(*await asyncio.open_connection(where.hostname, where.port, limit=1 << 24))
    turns: dict[int, int] = {}
    offset = 0
    while True:
        polling.send(request("getUpdates", {"offset": offset, "timeout": 50}))
        updates = json.loads(await polling.answer())["result"]
        if updates:
            offset = updates[-1]["update_id"] + 1
        out = [each for update in updates for each in replies(update, turns)]
        sending.send(*out)
        for _ in out:
            await sending.answer()


if __name__ == "__main__":
    watched()
    import uvloop

    uvloop.run(main(sys.argv[1]))
