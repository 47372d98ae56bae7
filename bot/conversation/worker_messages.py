"""Messages to workers: their start screen, and what other chats tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.conversation.context import Context
from bot.domain.participant import ContentOwner
from bot.domain.worker import Case, Worker
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import (
    LONGEST_LABEL,
    ButtonPart,
    Menu,
    MessagePart,
    OtherReply,
    Words,
    lazy,
    text_part,
)
from flows.engine import Value

OWN = ("new", "people")


FOR_ALL = ("start", "help", "stop", "language", "hide")
"""The commands available to a worker who is no participant here."""


def show_menu(ctx: Context) -> None:
    """Shows this chat a worker's commands, beside a participant's where they are one too."""
    phrases = ctx.env.library.phrases
    own, shown = phrases["w_hello"].choices, FOR_ALL if ctx.participant is None else phrases.menu
    commands = {name: own[name] for name in OWN} | {name: phrases.menu[name] for name in shown}
    ctx.menu = Menu(commands, ctx.localizer)


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


def worker_button(ctx: Context, phrase: str, choice: str, work: WorkerButton) -> ButtonPart:
    """A button with a label from a phrase's choices."""
    return ButtonPart(ctx.label(phrase, choice), work.encode())


def build_message(
    ctx: Context, localizer: Localizer, name: str, values: Mapping[str, Value], about: int = 0
) -> MessagePart:
    """A message to another worker, in that worker's language, with the phrase's own buttons.

    A choice of the phrase is the verb of its button.
    """
    phrase = ctx.env.library.phrases[name]
    return text_part(
        phrase.text,
        localizer,
        values,
        choices=(
            ButtonPart(lazy(text), WorkerButton(verb, about).encode())
            for verb, text in phrase.choices.items()
        ),
    )


def notify(
    ctx: Context,
    worker: Worker,
    message: MessagePart,
    *,
    urgent: bool = False,
    about: Case | None = None,
    silent: bool = False,
) -> None:
    """Sends a message to a worker, beside the reply to the sender of the update."""
    owner = audience_of(about)
    ctx.other_replies.append(
        OtherReply(worker.chat_id, (message,), owner, urgent=urgent, silent=silent)
    )


def audience_of(case: Case | None) -> ContentOwner | None:
    """The owner for a message that names a participant without containing their answers."""
    participant_id = case.participant_id if case else None
    return ContentOwner(participant_id) if participant_id is not None else None


def button_rows(pairs: Iterable[tuple[Words, WorkerButton]]) -> list[ButtonPart]:
    """Buttons from labels and actions."""
    return [ButtonPart(words, work.encode(), longest=LONGEST_LABEL) for words, work in pairs]
