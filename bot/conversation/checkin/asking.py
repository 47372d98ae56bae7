"""Says what a check-in says next: all of a turn in one message."""

from __future__ import annotations

from bot.conversation import quoted_answers
from bot.conversation.context import Context
from bot.domain.participant import Checkin, ContentOwner
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import QuestionButton
from bot.messages.parts import Listing, MessagePart, Words, lazy, prompt_part, quotes
from flows.engine import Flow, LazyText, Note, Phrases, Prompt, Tap


def ask(
    ctx: Context,
    prompts: tuple[Prompt, ...],
    live: Checkin,
    note: LazyText | None = None,
    *,
    spoken: bool = False,
) -> None:
    """Adds a turn's prompts to the reply as one message, with the buttons of the last of them.

    A note goes before them. With `spoken`, voice notes that they quote are played before it.
    """
    shared = ctx.participant is not None and ctx.participant.shared_phone
    phrases = ctx.env.library.phrases
    if shared:
        prompts = tuple(quoted_answers.hidden(prompt, phrases) for prompt in prompts)
    elif spoken:
        ctx.parts += quoted_answers.voices_before(prompts, live, ctx.env.library, ctx.localizer)
    quoting = any(quotes(prompt.values) or prompt.stands for prompt in prompts)
    if quoting and ctx.participant is not None:
        ctx.owner = ContentOwner.of(ctx.participant)
    ctx.prompt_ref = (live.id, live.session.turn)
    if prompts:
        ctx.parts.append(
            one_message(prompts, live.id, ctx.localizer, phrases, note=note, shared=shared)
        )


def one_message(
    prompts: tuple[Prompt, ...],
    checkin: int,
    localizer: Localizer,
    phrases: Phrases,
    *,
    note: LazyText | None = None,
    shared: bool = False,
) -> MessagePart:
    """A turn's prompts as one message: the question is last, right above its buttons.

    On a small phone the beginning of a long message is off the screen, so what stands is before it.
    """
    *sayings, last = prompts
    return prompt_part(
        last,
        localizer,
        phrases,
        lambda choice: QuestionButton(checkin, last.step, last.turn, choice).encode(),
        before=(
            *((note,) if note is not None else ()),
            *(lazy(said.text, said.values) for said in sayings),
            *quoted_answers.standing(last, phrases, shared=shared),
        ),
        protect_content=any(quotes(prompt.values) or prompt.stands for prompt in prompts),
    )


def supersede(ctx: Context, live: Checkin) -> None:
    """Removes the buttons of the open question, where it is answered or asked again by typing.

    A tap does that itself.
    """
    if ctx.pressed is None:
        remove_buttons(ctx, live)


def remove_buttons(ctx: Context, live: Checkin) -> None:
    """Removes the buttons of the open question, where it is known to be delivered."""
    if live.shown_turn == live.session.turn:
        ctx.answered_message_id = live.shown_message_id


def chosen_label(ctx: Context, flow: Flow, live: Checkin, tap: Tap) -> Words:
    """The text that stays under a question once it is answered by tapping."""
    step = flow.by_id[live.session.step]
    controls = ctx.env.library.phrases.controls
    if tap.choice == "done":
        found = [c for c in step.choices if c.id in live.session.picks]
        return Listing(tuple(lazy(c.label, ctx.facts()) for c in found))
    choice = step.choice(tap.choice)
    if choice is not None:
        return lazy(choice.label, ctx.facts())
    return lazy(controls[tap.choice]) if tap.choice in controls else ""


NOTES = {
    Note.SKIPPED: "skipped",
    Note.DECLINED: "declined",
    Note.KEPT_WORDS: "kept_words",
    Note.ADDED: "added",
    Note.VOICE: "voice",
    Note.UNKNOWN: "unknown_tap",
    Note.PICK_FIRST: "pick_first",
    Note.TAKEN_BACK: "change_taken_back",
}
"""The phrase said before the next question, for each note of the engine."""
