"""The menu of commands in one chat: in the language chosen there, whatever the phone's is.

Telegram remembers it; of a person without consent nothing is stored here. A worker's menu is in
`worker_messages`.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.parts import Menu


def show(ctx: Context) -> None:
    """Shows the commands in the language of the reply, in this chat from now on."""
    if ctx.worker is not None and ctx.worker.active:
        worker_messages.show_menu(ctx)
    else:
        ctx.menu = Menu(ctx.env.library.phrases.menu, ctx.localizer)


def reset(ctx: Context) -> None:
    """Shows what all chats show, so that Telegram keeps nothing of this one."""
    if ctx.worker is not None and ctx.worker.active:
        worker_messages.show_menu(ctx)
    else:
        ctx.menu = Menu({}, ctx.localizer)


def of_phone(ctx: Context) -> str:
    """The language in which Telegram shows the commands where a chat has none of its own."""
    languages = ctx.env.languages
    return languages.match(ctx.update.language_code) or languages.codes[0]


def language_of(participant: Participant | None) -> str | None:
    """The language of a participant's menu; None once they are to be deleted."""
    if participant is None or participant.delete_at is not None:
        return None
    return participant.language


def follow(ctx: Context, before: Participant | None, was: str | None) -> None:
    """Updates the menu once the participant or their language has changed, or they are deleted.

    `was` is the language of the menu before the update. Before consent, the first screen decides.
    """
    now = language_of(ctx.participant)
    if ctx.menu is not None or (before is None and ctx.participant is None) or now == was:
        return
    phone = of_phone(ctx)
    if now is None:
        if was != phone:
            reset(ctx)
    elif now != (was or _before_consent(ctx, before) or phone):
        show(ctx)


def _before_consent(ctx: Context, before: Participant | None) -> str | None:
    """The language of the first screen, for a participant who has consented just now."""
    came = ctx.participant is not None and ctx.participant.joined_at == ctx.now
    return ctx.localizer.code if before is None and came else None
