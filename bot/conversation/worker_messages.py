"""Messages to workers: their start screen, and what other chats tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.conversation.context import Context
from bot.domain.ids import new_id
from bot.domain.participant import ContentOwner
from bot.domain.worker import Case, Worker
from bot.i18n.localizer import Localizer, truncate
from bot.messages.builder import LONGEST_MESSAGE
from bot.messages.callback_data import WorkerButton
from bot.messages.reply import InlineButton, Message, Reply
from flows.engine import Value

OWN = ("new", "people")


FOR_ALL = ("start", "help", "stop", "language", "hide")
"""The commands available to a worker who is no participant here."""


def show_menu(ctx: Context) -> None:
    """Shows this chat a worker's commands, beside a participant's where they are one too."""
    phrases, localizer = ctx.env.library.phrases, ctx.localizer
    own, shown = phrases["w_hello"].choices, FOR_ALL if ctx.participant is None else phrases.menu
    commands = {name: own[name] for name in OWN} | {name: phrases.menu[name] for name in shown}
    ctx.commands = tuple((name, localizer.text(words)) for name, words in commands.items())


def welcome(ctx: Context, worker: Worker) -> None:
    """The start screen."""
    ctx.language = worker.language
    keys = [
        worker_button(ctx, "w_hello", "new", WorkerButton("new")),
        worker_button(ctx, "w_hello", "people", WorkerButton("people")),
    ]
    if not worker.daily_digest:
        keys.append(worker_button(ctx, "w_hello", "morning", WorkerButton("morning", how="on")))
    if worker.lead:
        keys.append(worker_button(ctx, "w_hello", "crew", WorkerButton("crew")))
    ctx.say_with_buttons("w_hello", keys, {"name": worker.name})
    show_menu(ctx)


async def stop_digest(ctx: Context, worker: Worker) -> None:
    """Ends the optional messages: an alert concerns another person, and is still sent."""
    ctx.language = worker.language
    worker.daily_digest, worker.pending_input = False, None
    await ctx.uow.workers.save(worker)
    ctx.say("w_stopped")


async def refuse(ctx: Context, action: str) -> None:
    """Refuses with one fixed text, which does not reveal what exists; and records it."""
    await ctx.uow.sharing.record_refusal(ctx.update.chat, ctx.worker, action, ctx.now)
    ctx.toast_phrase("stale")


def worker_button(ctx: Context, phrase: str, choice: str, work: WorkerButton) -> InlineButton:
    """A button with a label from a phrase's choices."""
    return InlineButton(ctx.label(phrase, choice), work.encode())


def build_message(
    ctx: Context, localizer: Localizer, name: str, values: Mapping[str, Value], about: int = 0
) -> Message:
    """A message to another worker, in that worker's language, with the phrase's own buttons.

    A choice of the phrase is the verb of its button.
    """
    phrase = ctx.env.library.phrases[name]
    return Message(
        truncate(localizer.phrase(name, values), LONGEST_MESSAGE),
        choices=tuple(
            InlineButton(localizer.text(text), WorkerButton(verb, about).encode())
            for verb, text in phrase.choices.items()
        ),
        right_to_left=localizer.right_to_left,
    )


def notify(
    ctx: Context,
    worker: Worker,
    message: Message,
    *,
    urgent: bool = False,
    about: Case | None = None,
    silent: bool = False,
) -> None:
    """Sends a message to a worker, beside the reply to the sender of the update."""
    reply = Reply(
        new_id(), worker.chat_id, (message,), urgent=urgent, standalone=True, silent=silent
    )
    ctx.other_replies.append(replace(reply, owner=audience_of(about)))


def audience_of(case: Case | None) -> ContentOwner | None:
    """The owner for a message that names a participant without containing their answers."""
    participant_id = case.participant_id if case else None
    return ContentOwner(participant_id) if participant_id is not None else None


def button_rows(pairs: Iterable[tuple[str, WorkerButton]]) -> list[InlineButton]:
    """Buttons from labels and actions."""
    return [InlineButton(truncate(words, 64), work.encode()) for words, work in pairs]
