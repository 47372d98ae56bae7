"""The composition root: builds the parts and connects them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from bot.clock import CheckedClock, Clock
from bot.concurrency import cancelled
from bot.conversation.my_data.data_copy import Copies
from bot.dispatch.dispatcher import Dispatcher
from bot.jobs.clean_up import CleanUpJob
from bot.jobs.erase_participants import ErasureJob
from bot.jobs.reload_content import ContentReloader, fingerprint
from bot.jobs.resend_outbox import LEFT_BY_OTHERS_AFTER, OutboxSender
from bot.jobs.scheduler import JobScheduler
from bot.jobs.send_follow_ups import FollowUpJob
from bot.jobs.worker_notifications import WorkerNotificationJob
from bot.languages.environment_loader import load_environment
from bot.languages.language_memory import LanguageMemory
from bot.messages.reply import Reply
from bot.metrics import Metrics
from bot.settings import Settings
from bot.store.availability import DatabaseUnavailable
from bot.store.maintenance.column_sealing import ColumnSealing
from bot.store.opening import begin_store
from bot.store.repositories.delivery.voice_note_repository import load_body
from bot.store.repositories.operation.heartbeats import last_alive, write_beats
from bot.store.repositories.operation.language_texts import chosen_languages
from bot.store.repositories.work.alert_messages import may_edit
from bot.telegram.client import Request, connect, new_application, new_bot, publish_commands
from bot.telegram.receiving.flood_control import FloodControl
from bot.telegram.receiving.polling import DATABASE_PAUSE, Polling
from bot.telegram.receiving.update_parser import UpdateParser
from bot.telegram.receiving.update_processor import UpdateProcessor
from bot.telegram.sending.chat_cleaner import ChatCleaner
from bot.telegram.sending.chat_deletions import ChatDeletions
from bot.telegram.sending.delivery_log import DeliveryLog
from bot.telegram.sending.rate_limiter import RateLimiter, Timer, system_timer
from bot.telegram.sending.sender import Sender
from bot.telegram.sending.shown_message_removal import ShownMessageRemoval
from bot.telegram.sending.visible_messages import VisibleMessages
from bot.telegram.voice_downloader import VoiceDownloader

log = structlog.get_logger()

SEALS_EVERY = 3600.0
CLEARS_EVERY = 20
"""Seconds between checks for messages to delete."""
SWEEPS_WITHIN = 600.0
"""Seconds that a clean-up may take: after months of downtime there is much to delete."""


class App:
    """A bot. `run` it, or drive its parts from a test."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        request: Request | None,
        pace: RateLimiter,
        limits: FloodControl | None = None,
        timer: Timer | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        seen = fingerprint(settings)  # before they are read: what changes meanwhile has changed
        self.languages = LanguageMemory(settings, load_environment, clock)
        self.env = self.languages.first()
        self.store = begin_store(settings)
        self.dispatcher = Dispatcher(self.store, self.env, clock)
        checked = clock if isinstance(clock, CheckedClock) else None
        self._bot = new_bot(settings, request, checked.heard if checked else None)
        self.application = new_application(self._bot)
        understanding = UpdateParser(clock)
        understanding.register(self.application)
        self._timer = pace.timer
        self.metrics = Metrics()
        if checked is not None:
            self.metrics.clock(checked.off)
        self.delivery_log = DeliveryLog(
            self.store, pace.timer, self.dispatcher.chat_blocked, self.metrics
        )
        recent = self.dispatcher.recent_messages
        visible = VisibleMessages(self.delivery_log, recent)
        self.chat_cleaner = ChatCleaner(
            self._bot, pace, self.store, clock, visible.of, self._blank_text, recent.discard
        )
        self.shown_removal = ShownMessageRemoval(
            self.chat_cleaner, pace, self.store, clock, self._blank_text
        )
        self.sender = Sender(
            self._bot,
            pace,
            visible.delivered,
            partial(load_body, self.store),
            may=self.store.is_visible,
            copy=Copies(self.store, self.env, clock).make,
            clearer=self.chat_cleaner,
            stands=visible.add,
        )
        self.deletions = ChatDeletions(
            self.chat_cleaner, self.shown_removal, self.sender.run_in_queue
        )
        self.sender.hide = self.store.mask
        self.sender.edits.may = partial(may_edit, self.store.read_with_keys)
        self.sender.stopped_elsewhere = self.store.stopped_elsewhere
        self.voice_downloader = VoiceDownloader(self.store, self._bot, clock)
        self.processor = UpdateProcessor(
            self.application,
            understanding,
            self.dispatcher,
            self.sender,
            self.env,
            clock,
            self.metrics,
            limits or FloodControl(),
        )
        self.processor.on_voice_note = self.voice_downloader.wake
        self.processor.unmask = self.store.unmask
        self.outbox_sender = OutboxSender(
            self.store, self.sender, self.delivery_log, self.dispatcher.memory, self.env, clock
        )
        self.dispatcher.on_late_replies = self.outbox_sender.wake
        self.follow_up_job = FollowUpJob(
            self.store,
            self.env,
            clock,
            self.sender.send_once,
            self.sender.run_in_queue,
            self.dispatcher.chat_blocked,
            self.sender.reached,
        )
        self.erasure_job = ErasureJob(self.store, clock)
        self.worker_notifications = WorkerNotificationJob(self.store, self.env, clock)
        self.worker_notifications.unheard_alerts = self.metrics.unheard.inc
        self.worker_notifications.on_message = self.dispatcher.memory.remember_other
        self.clean_up_job = CleanUpJob(self.store, self.env, clock)
        self.column_sealing = ColumnSealing(self.store)
        self.content_reloader = ContentReloader(
            settings, self.languages, self.env, seen, self.store, clock, self._publish_commands
        )
        self._polling = Polling(self.application, self.processor, pace.timer, clock)
        self.jobs = JobScheduler(timer or system_timer(), clock, self.metrics)
        self._add_jobs()
        self.started = asyncio.Event()
        self._menu: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Opens the database, connects to Telegram, and sends the outbox.

        A database that is not available yet is waited for; help and danger are answered meanwhile.

        Raises:
            InvalidTokenError: Telegram has not known the token for minutes.
            CatalogError: the settings name a language that is not complete and never was.
            SchemaOutdated, WrongKey: see `Database.open`.
        """
        if self.languages.are_wrong:  # reported at once, not when Telegram has been reached
            with suppress(DatabaseUnavailable):
                await self.store.open(self.clock(), self.env.library.current.values())
                await self.languages.recall(self.store, self.env)
        await connect(self.application, self._timer)
        await self._open_store()
        self.processor.was_away_since(await last_alive(self.store))
        self.env.address.username = self._bot.username
        self._publish_commands()
        # Before anything else is sent: messages past their time stayed while the bot was down.
        await self.deletions.start_clearing()
        alone = self.settings.sqlite_file is not None
        await self.outbox_sender.send(dt.timedelta(0) if alone else LEFT_BY_OTHERS_AFTER)
        self.voice_downloader.wake()

    async def _open_store(self) -> None:
        while True:
            try:
                await self.store.open(self.clock(), self.env.library.current.values())
                await self.languages.recall(self.store, self.env)
                house = await self.store.system_keys()
                self.dispatcher.memory.recall(await chosen_languages(self.store), house.chat_hash)
            except DatabaseUnavailable as error:
                log.warning("start.again", error=str(error), pause=DATABASE_PAUSE)
                if self.settings.webhook_url is None:
                    await self._polling.answer_from_memory()
                await self._timer.sleep(DATABASE_PAUSE)
            else:
                return

    def _publish_commands(self) -> None:
        """Sets Telegram's own menu in the background: dozens of texts take a while."""
        if self._menu is not None:
            self._menu.cancel()
        phrases, languages = self.env.library.phrases, self.env.languages
        self._menu = asyncio.create_task(
            publish_commands(self._bot, phrases, languages, self._timer)
        )

    async def run(self, *, ticking: bool = True) -> None:
        """Runs until cancelled. Without `ticking` no follow-ups are sent."""
        work = asyncio.create_task(self._work(ticking))
        try:
            await asyncio.shield(work)
        finally:
            # Everything stops between two commits, never within one.
            await self.store.pause()
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
        # Imported here: a bot that polls and names no address needs no server.
        from bot.telegram.receiving.webhook import WebhookApp, announce, path_of, serve

        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
        path = path_of(settings.webhook_url) if settings.webhook_url else None
        web = WebhookApp(self.processor, self.store, self.metrics, secret, path, self.not_well)
        serving = partial(serve, web.application, settings.listen)
        if hook is not None and secret is not None:
            await serving(partial(announce, self._bot, hook, secret, self._timer))
        else:
            # Polling needs no server, but an address in the settings asks for the metrics there.
            await asyncio.gather(serving(), self._polling.run())

    def not_well(self) -> list[str]:
        """The bot's own jobs that are unhealthy, for `/healthz`."""
        return self.jobs.not_well() if self.jobs.started else []

    def _add_jobs(self) -> None:
        every, often = float(self.settings.tick_seconds), float(CLEARS_EVERY)
        add, to_workers = self.jobs.add, self.worker_notifications
        add("deletions", every, self._erase, surely=True)
        add("hellos", every, self.follow_up_job.send_some, surely=True)
        add("alerts", every, partial(self._send_to_workers, to_workers.send_alerts))
        add("seen", every, partial(self._send_to_workers, to_workers.send_seen))
        add("mornings", every, partial(self._send_to_workers, to_workers.send_digests))
        add("owed", every, self.outbox_sender.send)
        add("voices", every, self._wake_voices)
        add("sweep", every, self.clean_up_job.run, surely=True, limit=SWEEPS_WITHIN)
        add("sealing", SEALS_EVERY, self.column_sealing.some)
        add("renewal", every, self.content_reloader.reload_if_changed)
        # A job of its own: messages to delete within a minute cannot wait for a tick of an hour.
        # And not to its end: one chat may have to wait for long.
        if self.settings.webhook_url is None:
            add("receiving", often, self._polling.look)
        add("clearing", often, self.deletions.start_clearing, surely=True)
        # Too early does no harm: a worker opens it again, as long as it is shared.
        add("shown", often, self.deletions.start_removing_shown)
        add("heartbeats", often, self._write_heartbeats)

    async def _write_heartbeats(self) -> None:
        await write_beats(self.store, self.jobs.heartbeats(), self.clock())

    async def _erase(self) -> None:
        await self.erasure_job.run()

    async def _wake_voices(self) -> None:
        self.voice_downloader.wake()

    async def stop(self, *, went_round: bool = False) -> None:
        """Closes everything.

        What was not sent stays in the outbox, and is sent at the next start.
        """
        if self._menu is not None:
            await cancelled(self._menu)
        await self.deletions.close()
        await self.outbox_sender.close()
        await self.store.pause()
        await self.voice_downloader.close()
        await self.sender.close()
        self.store.resume()
        await self.delivery_log.close()
        if went_round:
            with suppress(DatabaseUnavailable):  # then another process sees that no job runs
                await write_beats(self.store, [], self.clock())
        await self.application.shutdown()
        await self.store.close()

    async def settled(self) -> None:
        """Returns when every received update is answered and recorded."""
        await self.outbox_sender.wait_idle()
        await self.sender.wait_idle()
        await self.delivery_log.wait_idle()
        await self.voice_downloader.wait_idle()

    async def clear(self) -> None:
        """Deletes messages that are past their time in chats.

        Raises:
            DatabaseUnavailable: the next round does it.
        """
        await self.deletions.run()

    def _blank_text(self, language: str) -> str:
        return self.env.languages[language].phrase("cleared_words")

    async def send_worker_notifications(self) -> None:
        """Sends workers' notifications that are due."""
        await self._send_to_workers(self.worker_notifications.run)

    async def _send_to_workers(self, due: Callable[[], Awaitable[list[Reply]]]) -> None:
        for reply in await due():
            self.sender.send(reply)


def build(
    settings: Settings,
    *,
    request: Request | None = None,
    clock: Clock | None = None,
    pace: RateLimiter | None = None,
    limits: FloodControl | None = None,
    timer: Timer | None = None,
) -> App:
    """Builds a bot from its settings.

    A test may pass its own request, clock, pace, limits and timer.

    Raises:
        BrokenFlow: the questions cannot be used: a broken flow never starts the bot.
        WrongKey: a master key is malformed.
    """
    return App(
        settings,
        clock or CheckedClock(),
        request,
        pace or RateLimiter(system_timer()),
        limits,
        timer,
    )
