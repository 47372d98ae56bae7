"""The table of routes, read from top to bottom: the first that matches handles the update.

`checkin routes` prints it. Two answers are given before it, in `update_processor`, by the same
classification: a flood is turned away, and HELP is answered from memory. Once the database is away
danger is answered from memory too.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from bot.conversation import reachability
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.dispatch import handlers
from bot.dispatch import route_conditions as when
from bot.dispatch.pending_input import discard, discard_by_link
from bot.workers import open_link, router

Handler = Callable[[Context], Awaitable[Next | None]]
Effect = Callable[[Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One row: its condition, its handler, and what is done `before` that.

    After it, the first match of the routes named in `then` runs too, with what its own `before`
    adds. An `unnoticed` one changes nothing that is remembered of the chat.
    """

    name: str
    when: Callable[[Context], bool]
    run: Handler
    before: tuple[Effect, ...] = ()
    then: tuple[str, ...] = ()
    unnoticed: bool = False


WORKER = (reachability.heard_from,)
LINK = (*WORKER, handlers.heard_from)
SAFETY = (*LINK, router.discard_pending_input)
REST = (*SAFETY, discard)
NEXT = ("opening line stands", "deletion pending", "stop", "command")

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("nothing new", when.repeats_content, handlers.nothing, unnoticed=True),
    Route("group", when.from_group, handlers.private_only, unnoticed=True),
    Route("blocked", when.is_blocked, handlers.blocked),
    Route("malformed", when.is_malformed, handlers.malformed),
    Route("help", when.asks_for_help, handlers.help_asked, SAFETY),
    Route("worker is writing", when.worker_is_writing, router.handle, WORKER),
    Route("worker: button", when.is_worker_button, router.handle, WORKER),
    Route("worker: command", when.is_worker_command, router.handle, WORKER),
    Route("worker: words", when.is_workers_words, router.handle, WORKER),
    Route("link", when.opens_link, open_link.opened, (*LINK, discard_by_link)),
    Route("danger, and its command", when.dangerous_command, handlers.danger_first, SAFETY, NEXT),
    Route("danger", when.is_dangerous, handlers.danger_said, SAFETY),
    Route("deletion pending", when.deletion_pending, handlers.while_deletion_pending, SAFETY),
    Route("opening line stands", when.opening_line_stands, handlers.opening_line_again, SAFETY),
    Route("stop", when.asks_to_stop, handlers.stop_asked, REST),
    Route("command", when.is_known_command, handlers.command, REST),
    Route("safety: a piece", when.is_piece_before_safety_question, handlers.may_be_danger, REST),
    Route("safety: answered", when.answers_safety_question, handlers.safety_answered, SAFETY),
    Route("pending input", when.is_pending_input, handlers.pending_input_received, REST),
    Route("coming back", when.comes_back, handlers.coming_back, REST),
    Route("time typed", when.types_time, handlers.time_typed, SAFETY),
    Route("button typed", when.types_button, handlers.typed_button, SAFETY),
    Route("may be danger", when.sounds_like_danger, handlers.may_be_danger, REST),
    Route("under a follow-up", when.answers_follow_up, handlers.follow_up_typed, REST),
    Route("start typed", when.starts, handlers.start_typed, REST),
    Route("unknown command", when.is_command, handlers.not_understood, REST),
    Route("button: stop", when.is_question_stop, handlers.stop_asked, REST),
    Route("button: double tap", when.is_double_tap, handlers.double_tap, SAFETY),
    Route("button: onboarding", when.is_onboarding_button, handlers.onboarding_button, SAFETY),
    Route("button: phrase", when.is_phrase_button, handlers.phrase_button, SAFETY),
    Route("button: question", when.is_question_button, handlers.question_button, SAFETY),
    Route("button: stale", when.is_button, handlers.stale_button, SAFETY),
    Route("unsupported", when.is_unsupported, handlers.unsupported, REST),
    Route("onboarding", when.has_not_consented, handlers.onboarding_typed, REST),
    Route("stopped", when.has_stopped, handlers.has_stopped, REST),
    Route("long after", when.is_long_after, handlers.long_after, REST),
    Route("answer", when.has_open_checkin, handlers.answer_received, REST),
    Route("unknown", when.always, handlers.not_understood, REST),
)
# fmt: on


def route_of(ctx: Context) -> Route:
    """The first route that matches."""
    return next(route for route in ROUTES if route.when(ctx))


async def run(route: Route, ctx: Context) -> Next | None:
    """Runs a route and what comes after it; gives what the conversation goes on with."""
    for effect in route.before:
        await effect(ctx)
    follows = await route.run(ctx)
    if not route.then:
        return follows
    second = next(r for r in ROUTES if r.name in route.then and r.when(ctx))
    for effect in second.before:
        if effect not in route.before:
            await effect(ctx)
    return await second.run(ctx)


def rows() -> Iterator[tuple[int, str, str, str]]:
    """The table as text: order, name, condition, effect."""
    for number, route in enumerate(ROUTES, 1):
        yield number, route.name, _sentence(route.when), _sentence(route.run)


def _sentence(described: Callable[..., object]) -> str:
    text = inspect.getdoc(described) or ""
    return text.split("\n\n")[0].replace("\n", " ").removesuffix(".")
