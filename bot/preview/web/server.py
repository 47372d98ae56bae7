"""Serves the preview page to this machine alone; each page has its own preview, in memory only.

No account, no cookie, nothing stored but the reviewers' notes on a question.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.authors.problem_text import ProblemText, mistakes
from bot.authors.same_meaning import hold
from bot.clock import Clock
from bot.http_server import QuietServer, listening
from bot.i18n.catalog import CatalogError
from bot.preview import review_notes
from bot.preview.preview_session import PreviewSession, start
from bot.preview.preview_terminal import save
from bot.preview.scenario import ActionKind, PreviewAction, Scenario
from bot.preview.web import same_origin, view
from bot.settings import CannotBeDone, Settings
from flows.engine import BrokenFlow

HERE = "127.0.0.1"
MOST_PLAYS = 8
LARGEST_BODY = 64 * 1024
_PAGE = Path(__file__).with_name("page")

_Answer = Callable[["PreviewApp", Request], Coroutine[Any, Any, Response]]


@dataclass
class _Client:
    """One page's preview; `revision` rises with every change."""

    play: PreviewSession
    revision: int = 1


def _plainly(answer: _Answer) -> _Answer:
    """Explains a refusal in a message instead of a server error."""

    @wraps(answer)
    async def said(table: PreviewApp, request: Request) -> Response:
        try:
            return await answer(table, request)
        except BrokenFlow as error:
            return JSONResponse(view.mistaken(mistakes(error.problems)), status_code=422)
        except CatalogError as error:
            wrong = [ProblemText(line) for line in str(error).splitlines()]
            return JSONResponse(view.mistaken(wrong), status_code=422)
        except CannotBeDone as error:
            return JSONResponse({"problem": str(error)}, status_code=409)
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"problem": "this is not a request"}, status_code=400)

    return said


class PreviewApp:
    """The previews of all connected pages."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._seats: OrderedDict[str, _Client] = OrderedDict()
        # One at a time: Alembic, which creates each preview's tables, cannot run two at once.
        self._turn = asyncio.Lock()
        routes = [
            Route("/languages", self._languages),
            Route("/plays", self._begin, methods=["POST"]),
            Route("/plays/{id}", self._look),
            Route("/plays/{id}", self._do, methods=["POST"]),
            Mount("/", StaticFiles(directory=_PAGE, html=True)),
        ]
        self.application = Starlette(
            routes=routes,
            middleware=[
                Middleware(TrustedHostMiddleware, allowed_hosts=[HERE, "localhost"]),
                Middleware(same_origin.SameOriginGuard),
            ],
        )

    async def close(self) -> None:
        """Discards every preview."""
        while self._seats:
            await self._seats.popitem()[1].play.close()

    @_plainly
    async def _languages(self, _request: Request) -> Response:
        return JSONResponse(view.languages(self._settings))

    @_plainly
    async def _begin(self, request: Request) -> Response:
        asked = await _asked(request)
        scene = Scenario.of(
            self._settings,
            str(asked["flow"]),
            self._clock(),
            str(asked["language"]).replace("-", "_"),
            young=bool(asked["young"]),
        )
        async with self._turn:
            seat = _Client(await start(self._settings, scene))
            name = token_urlsafe(12)
            self._seats[name] = seat
            if len(self._seats) > MOST_PLAYS:
                await self._seats.popitem(last=False)[1].play.close()
            return self._shown(name, seat)

    @_plainly
    async def _look(self, request: Request) -> Response:
        name = request.path_params["id"]
        async with self._turn:
            seat = self._seats.get(name)
            if seat is None:
                return Response(status_code=404)
            if await seat.play.reload():
                seat.revision += 1
            if request.query_params.get("revision") == str(seat.revision):
                return Response(status_code=204)
            return self._shown(name, seat)

    @_plainly
    async def _do(self, request: Request) -> Response:
        name = request.path_params["id"]
        asked = await _asked(request)
        async with self._turn:
            seat = self._seats.get(name)
            if seat is None:
                return Response(status_code=404)
            self._seats.move_to_end(name)
            said = await self._done(seat.play, asked)
            seat.revision += 1
            return self._shown(name, seat, said)

    async def _done(self, play: PreviewSession, asked: dict[str, Any]) -> str | None:
        """Performs a requested action; returns a message about it, if any."""
        value = str(asked.get("value", ""))
        match asked["do"]:
            case "tap" | "says" | "waits" as kind:
                await play.apply(PreviewAction(ActionKind(kind), value))
            case "back":
                await play.undo()
            case "otherwise":
                await play.undo(int(value), keep=True)
            case "go":
                await play.jump_to(value)
            case "hello":
                await play.to_hello()
            case "save":
                return await save(play, self._settings, value)
            case "same":
                return await self._same(play, value)
            case "note":
                self._note(play, asked)
            case _:
                raise ValueError(asked["do"])
        return None

    async def _same(self, play: PreviewSession, step: str) -> str:
        """Marks the translations of a step as still valid; returns in how many languages."""
        found = await asyncio.to_thread(hold, self._settings.flows, self._settings.locales, step)
        await play.reload()
        held = len({each.language for each in found if each.holds})
        left = sorted({each.language for each in found if not each.holds})
        more = f" These need new words: {', '.join(left)}." if left else ""
        return f"The translations hold in {held} languages.{more}"

    def _note(self, play: PreviewSession, asked: dict[str, Any]) -> None:
        review_notes.keep(
            self._settings.flows,
            str(asked["step"]),
            play.stage.scene.language,
            str(asked["kind"]),
            str(asked.get("words", "")),
            self._clock().date(),
        )

    def _shown(self, name: str, seat: _Client, said: str | None = None) -> Response:
        about = {"id": name, "revision": seat.revision, "said": said}
        return JSONResponse({**about, **view.play(seat.play, self._settings)})


async def _asked(request: Request) -> dict[str, Any]:
    """The JSON object in a request.

    Raises:
        ValueError: there is none, or it is too long.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise ValueError("too long")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


async def serve(settings: Settings, clock: Clock, port: int, ready: Callable[[str], None]) -> None:
    """Serves until cancelled, then discards every preview; `ready` receives the address.

    Raises:
        CannotBeDone: the port cannot be opened.
    """
    table = PreviewApp(settings, clock)
    with listening(HERE, port, "--port") as listener:
        server = QuietServer(table.application, grace=2, proxy_headers=False, lifespan="off")
        task = asyncio.create_task(server.serve(sockets=[listener]))
        ready(f"http://{HERE}:{listener.getsockname()[1]}")
        try:
            await asyncio.shield(task)
        finally:
            server.should_exit = True
            await task
            await table.close()
