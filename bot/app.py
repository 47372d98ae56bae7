"""The composition root: the parts put together, and nothing clever."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from bot.clock import CheckedClock, Clock
from bot.conversation.my_data.data_copy import Copies
from bot.dispatch.dispatcher import Desk
from bot.jobs.clean_up import Sweep
from bot.jobs.erase_participants import Forget
from bot.jobs.reload_content import Renewal, mark
from bot.jobs.resend_outbox import OWED_BY_OTHERS, Outbox
from bot.jobs.scheduler import Jobs
from bot.jobs.send_follow_ups import Tick
from bot.jobs.worker_notifications import Rounds
from bot.languages.environment_loader import around
from bot.languages.language_memory import LanguageMemory
from bot.messages.reply import Reply
from bot.metrics import Metrics
from bot.settings import Settings
from bot.store.database import DatabaseAway
from bot.store.maintenance.column_sealing import Sealing
from bot.store.opening import begin_store
from bot.store.repositories.delivery.chat_message_repository import Said
from bot.store.repositories.delivery.voice_note_repository import kept
from bot.store.repositories.operation.heartbeats import last_alive, write_beats
from bot.store.repositories.operation.language_texts import chosen_languages
from bot.telegram.client import Request, greet, keep_menu, new_application, new_bot
from bot.telegram.receiving.flood_control import Limits
from bot.telegram.receiving.polling import DATABASE_PAUSE, Polling, cancelled
from bot.telegram.receiving.update_parser import Understanding
from bot.telegram.receiving.update_processor import Intake
from bot.telegram.sending.chat_cleaner import Clearer
from bot.telegram.sending.delivery_log import Books
from bot.telegram.sending.rate_limiter import Pace, Timer, system_timer
from bot.telegram.sending.sender import Delivery, Sender
from bot.telegram.sending.shown_message_removal import Unshow
from bot.telegram.voice_downloader import Voices

log = structlog.get_logger()

SEALS_EVERY = 3600.0
CLEARS_EVERY = 20
"""Seconds between looks for what is to be taken away by itself."""
SWEEPS_WITHIN = 600.0
"""Seconds that a sweep may take: after months away there is much to go."""


class App:
    """A bot, put together. `run` it, or drive its parts from a test."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        request: Request | None,
        pace: Pace,
        limits: Limits | None = None,
        timer: Timer | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        seen = mark(settings)  # before they are read: what changes meanwhile has changed
        self.languages = LanguageMemory(settings, around, clock)
        self.around = self.languages.first()
        self.store = begin_store(settings)
        self.desk = Desk(self.store, self.around, clock)
        checked = clock if isinstance(clock, CheckedClock) else None
        self._bot = new_bot(settings, request, checked.heard if checked else None)
        self.application = new_application(self._bot)
        understanding = Understanding(clock)
        understanding.add_to(self.application)
        self._timer = pace.timer
        self.metrics = Metrics()
        if checked is not None:
            self.metrics.clock(checked.off)
        self.books = Books(self.store, pace.timer, self.desk.gone, self.metrics)
        self.clearer = Clearer(
            self._bot, pace, self.store, clock, self._standing, self._blank, self.desk.recent.drop
        )
        self.unshow = Unshow(self.clearer, pace, self.store, clock, self._blank)
        self.sender = Sender(
            self._bot,
            pace,
            self._delivered,
            partial(kept, self.store),
            may=self.store.may_show,
            copy=Copies(self.store, self.around, clock).make,
            clearer=self.clearer,
            stands=self._stands,
        )
        self.sender.hide = self.store.hide
        self.sender.stopped_elsewhere = self.store.stopped_elsewhere
        self.voices = Voices(self.store, self._bot, clock)
        self.intake = Intake(
            self.application,
            understanding,
            self.desk,
            self.sender,
            self.around,
            clock,
            self.metrics,
            limits or Limits(),
        )
        self.intake.spoken = self.voices.wake
        self.intake.show = self.store.show
        self.outbox = Outbox(
            self.store, self.sender, self.books, self.desk.memory, self.around, clock
        )
        self.desk.owes_late = self.outbox.wake
        self.tick = Tick(
            self.store,
            self.around,
            clock,
            self.sender.once,
            self.sender.in_turn,
            self.desk.gone,
            self.sender.reached,
        )
        self.forget = Forget(self.store, clock)
        self.rounds = Rounds(self.store, self.around, clock)
        self.rounds.unheard = self.metrics.unheard.inc
        self.sweep = Sweep(self.store, self.around, clock)
        self.sealing = Sealing(self.store)
        self.renewal = Renewal(
            settings, self.languages, self.around, seen, self.store, clock, self._renew_menu
        )
        self._polling = Polling(self.application, self.intake, pace.timer, clock)
        self.jobs = Jobs(timer or system_timer(), clock, self.metrics)
        self._add_jobs()
        self.started = asyncio.Event()
        self._menu: asyncio.Task[None] | None = None
        self._clearings: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Opens the database, greets Telegram, and sends what is owed.

        A database that is not there yet is waited for; help and danger are answered meanwhile.

        Raises:
            TokenUnknown: when Telegram has not known the token for minutes.
            WrongWords: when the settings want a language that is not whole and never was.
            DatabaseBehind, WrongKey: see `Store.open`.
        """
        if self.languages.are_wrong:  # said at once, not when Telegram has been reached
            with suppress(DatabaseAway):
                await self.store.open(self.clock(), self.around.library.today.values())
                await self.languages.recall(self.store, self.around)
        await greet(self.application, self._timer)
        await self._open_store()
        self.intake.was_away_since(await last_alive(self.store))
        self.around.address.username = self._bot.username
        self._renew_menu()
        # Before anything else is said: what should be gone has stood there while the bot was away.
        await self._begin_to_clear()
        alone = self.settings.sqlite_file is not None
        await self.outbox.send(dt.timedelta(0) if alone else OWED_BY_OTHERS)
        self.voices.wake()

    async def _open_store(self) -> None:
        while True:
            try:
                await self.store.open(self.clock(), self.around.library.today.values())
                await self.languages.recall(self.store, self.around)
                house = await self.store.house()
                self.desk.memory.recall(await chosen_languages(self.store), house.chat_hash)
            except DatabaseAway as error:
                log.warning("start.again", error=str(error), pause=DATABASE_PAUSE)
                if self.settings.webhook_url is None:
                    await self._polling.answer_from_memory()
                await self._timer.sleep(DATABASE_PAUSE)
            else:
                return

    def _renew_menu(self) -> None:
        """Sets Telegram's own menu, beside the rest: nobody waits while dozens of texts are set."""
        if self._menu is not None:
            self._menu.cancel()
        phrases, tongues = self.around.library.phrases, self.around.tongues
        self._menu = asyncio.create_task(keep_menu(self._bot, phrases, tongues, self._timer))

    async def run(self, *, ticking: bool = True) -> None:
        """Runs until cancelled. Without `ticking` nobody is written to first."""
        work = asyncio.create_task(self._work(ticking))
        try:
            await asyncio.shield(work)
        finally:
            # Everything stops between two commits, never within one.
            await self.store.rest()
            going_round = self.jobs.started
            await self.jobs.stop()
            await cancelled(work)
            await self.stop(went_round=going_round)

    async def _work(self, ticking: bool) -> None:
        await self.start()
        self.started.set()
        if ticking:
            self.jobs.start()
        await self._receive()

    async def _receive(self) -> None:
        """Receives by webhook where one is set, else by polling."""
        settings = self.settings
        hook = settings.webhook_url if settings.webhook_secret else None
        if hook is None and "listen" not in settings.model_fields_set:
            await self._polling.run()
            return
        # Only here: a bot that polls and names no address needs no server.
        from bot.telegram.receiving.webhook import Web, announce, path_of, serve

        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
        path = path_of(settings.webhook_url) if settings.webhook_url else None
        web = Web(self.intake, self.store, self.metrics, secret, path, self.not_well)
        serving = partial(serve, web.application, settings.listen)
        if hook is not None and secret is not None:
            await serving(partial(announce, self._bot, hook, secret, self._timer))
        else:
            # Polling needs no server; whoever names an address wants the numbers there.
            await asyncio.gather(serving(), self._polling.run())

    def not_well(self) -> list[str]:
        """What of the bot's own work is not done as it should be, for `/healthz`."""
        return self.jobs.not_well() if self.jobs.started else []

    def _add_jobs(self) -> None:
        every, often = float(self.settings.tick_seconds), float(CLEARS_EVERY)
        add = self.jobs.add
        add("deletions", every, self._forget, surely=True)
        add("hellos", every, self.tick.some, surely=True)
        add("alerts", every, partial(self._say_to_workers, self.rounds.alerts))
        add("mornings", every, partial(self._say_to_workers, self.rounds.mornings))
        add("owed", every, self.outbox.send)
        add("voices", every, self._wake_voices)
        add("sweep", every, self.sweep.run, surely=True, limit=SWEEPS_WITHIN)
        add("sealing", SEALS_EVERY, self.sealing.some)
        add("renewal", every, self.renewal.look)
        # Of its own: what is to be gone within a minute cannot wait for a tick of an hour. And not
        # to its end: one chat may have to wait for long.
        if self.settings.webhook_url is None:
            add("receiving", often, self._polling.look)
        add("clearing", often, self._begin_to_clear, surely=True)
        # Too early does no harm: a worker reads it once more, as long as it is shared.
        add("shown", often, self._begin_to_unshow)
        add("heartbeats", often, self._tell_beats)

    async def _tell_beats(self) -> None:
        await write_beats(self.store, self.jobs.beats(), self.clock())

    async def _forget(self) -> None:
        await self.forget.run()

    async def _wake_voices(self) -> None:
        self.voices.wake()

    async def stop(self, *, went_round: bool = False) -> None:
        """Lets go of everything; what was not sent is owed, and sent at the next start."""
        for task in filter(None, (self._menu, *self._clearings)):
            await cancelled(task)
        await self.outbox.close()
        await self.store.rest()
        await self.voices.close()
        await self.sender.close()
        self.store.wake()
        await self.books.close()
        if went_round:
            with suppress(DatabaseAway):  # then another process sees that none goes round
                await write_beats(self.store, [], self.clock())
        await self.application.shutdown()
        await self.store.close()

    async def settled(self) -> None:
        """Returns when all that was taken in is answered and written down."""
        await self.outbox.idle()
        await self.sender.idle()
        await self.books.idle()
        await self.voices.idle()

    async def clear(self) -> None:
        """Takes away what has stood its time in chats.

        Raises:
            DatabaseAway: the next round does it.
        """
        await self._begin_to_clear()
        await self._begin_to_unshow()
        await asyncio.gather(*self._clearings, return_exceptions=True)

    async def _begin_to_unshow(self) -> None:
        for task in await self.unshow.due(self.sender.in_turn):
            self._clearings.add(task)
            task.add_done_callback(self._clearings.discard)

    async def _begin_to_clear(self) -> None:
        for task in await self.clearer.due(self.sender.in_turn):
            self._clearings.add(task)
            task.add_done_callback(self._clearings.discard)

    def _delivered(self, delivery: Delivery) -> None:
        self.books.enter(delivery)
        self.desk.recent.add(delivery.reply.chat, delivery.stands)

    def _stands(self, chat: int, said: tuple[Said, ...]) -> None:
        self.books.stands(chat, said)
        self.desk.recent.add(chat, said)

    def _standing(self, chat: int) -> list[Said]:
        return [*self.desk.recent.of(chat), *self.books.standing(chat)]

    def _blank(self, language: str) -> str:
        return self.around.tongues[language].phrase("cleared_words")

    async def go_round(self) -> None:
        """Says to workers what is due."""
        await self._say_to_workers(self.rounds.run)

    async def _say_to_workers(self, due: Callable[[], Awaitable[list[Reply]]]) -> None:
        for reply in await due():
            self.sender.post(reply)


def build(
    settings: Settings,
    *,
    request: Request | None = None,
    clock: Clock | None = None,
    pace: Pace | None = None,
    limits: Limits | None = None,
    timer: Timer | None = None,
) -> App:
    """A bot from its settings; a test may bring its own request, clock, pace, limits and timer.

    Raises:
        BrokenFlow: when the questions cannot be used: a broken flow never starts the bot.
        WrongKey: when a master key is malformed.
    """
    return App(
        settings, clock or CheckedClock(), request, pace or Pace(system_timer()), limits, timer
    )
