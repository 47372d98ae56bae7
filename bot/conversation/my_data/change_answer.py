"""Changes or withdraws one answer, of any check-in, ended or open; the old one is erased.

Who has read it before stays visible to the participant; who may read it is changed in `sharing`.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.conversation import small_talk, typed_choices
from bot.conversation.checkin import answer_limits
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import AwaitingCorrection
from bot.messages.callback_data import PhraseButton, to_base36
from bot.messages.incoming import TextMessage, VoiceMessage
from bot.messages.parts import ButtonPart, Question, lazy
from flows import engine
from flows.engine import Answer, Flow, Meaning, Recap, Step
from flows.engine.prompting import quoted

LONGEST_QUESTION = 60
_DONE = "="
_CHANGED_ELSEWHERE = frozenset({Meaning.SHARING, Meaning.MESSAGE})


def pick(ctx: Context, participant: Participant | None) -> None:
    """Asks in which check-in, where there are several."""
    found = [p for p in participant.checkins if _answered(ctx, p)] if participant else []
    if participant is None or not found:
        ctx.say("change_none")
    elif len(found) == 1:
        _which(ctx, found[0])
    else:
        ctx.say_with_buttons("change_pick", [_named(ctx, participant, past) for past in found])


def _named(ctx: Context, participant: Participant, past: Checkin) -> ButtonPart:
    kind = "before" if past.follows_id is None else "after"
    date = past.started_at.astimezone(ZoneInfo(participant.timezone)).date()
    label = ctx.label("change_pick", kind, {"date": date})
    return ButtonPart(label, PhraseButton("change_pick", "s", past.id).encode())


async def picked(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Asks which answer."""
    past = _past(participant, button.about)
    if past is None or not _answered(ctx, past):
        ctx.toast_phrase("stale")
    else:
        _which(ctx, past)


def _which(ctx: Context, past: Checkin) -> None:
    keys = [
        ButtonPart(
            Question(step.heading),
            PhraseButton("change_which", step.id, past.id).encode(),
            longest=LONGEST_QUESTION,
        )
        for step in _answered(ctx, past)
    ]
    ctx.say_with_buttons("change_which", keys)


async def chosen(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Shows the current answer, and the alternatives."""
    past = _past(participant, button.about)
    step = _step(ctx, past, button.choice)
    if past is None or step is None:
        ctx.toast_phrase("stale")
        return
    picks = past.session.answers[step.id].choices
    participant.pending_input = AwaitingCorrection(past.id, step.id, tuple(picks))
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)
    _show(ctx, participant, past, step)


def again(ctx: Context, participant: Participant) -> bool:
    """Shows again what is being changed, after something else was answered."""
    if (found := _waiting(ctx, participant)) is not None:
        _show(ctx, participant, *found)
    return found is not None


def _show(ctx: Context, participant: Participant, past: Checkin, step: Step) -> None:
    library = ctx.env.library
    said = library.with_labels(past.version, past.session.answers).get(step.id)
    values = {"answers": Recap(((step.heading, quoted(said)),) if said else ())}
    controls = [
        ButtonPart(
            ctx.label("change_one", choice), PhraseButton("change_one", choice, past.id).encode()
        )
        for choice in ("take_back", "leave")
    ]
    choices = _choices(ctx, participant, past, step)
    ctx.say_with_buttons("change_one", choices, values, controls)


def _choices(
    ctx: Context, participant: Participant, past: Checkin, step: Step
) -> tuple[ButtonPart, ...]:
    """The question's own buttons, as they were in the version that was answered."""
    flow = ctx.env.library.get_version(past.version)
    place = to_base36(flow.steps.index(step))
    session = replace(past.session, step=step.id, picks=_picks(participant))
    prompt = engine.ask(flow, session, facts=ctx.facts(past.case_id)).prompts[0]
    keys: list[ButtonPart] = []
    for button in prompt.choices:
        own = step.choice(button.id)
        if button.label is None or own is None or own.does:
            continue  # a choice that asks the bot for an action does not change an answer
        sign = ("-" if button.on else "+") if prompt.several else ""
        keys.append(
            ButtonPart(
                lazy(button.label, prompt.values),
                PhraseButton("change_one", f"{place}.{sign}{button.id}", past.id).encode(),
                on=button.on and prompt.several,
            )
        )
    if prompt.several:
        done = lazy(ctx.env.library.phrases.controls["done"])
        keys.append(
            ButtonPart(done, PhraseButton("change_one", f"{place}.{_DONE}", past.id).encode())
        )
    return tuple(keys)


async def tapped(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Handles a tap: a choice of the question, a withdrawal, or leaving it."""
    found = _waiting(ctx, participant)
    if found is None or found[0].id != button.about:
        ctx.toast_phrase("stale")
    elif "." in button.choice:
        return _new_choice(ctx, participant, *found, button)
    else:
        return _settled(ctx, participant, *found, button.choice)
    return None


def _settled(
    ctx: Context, participant: Participant, past: Checkin, step: Step, choice: str
) -> Next:
    """Takes the answer back, or leaves it as it is."""
    if choice == "take_back":
        _gone(ctx, participant, past, step, None)
        ctx.say("change_taken_back")
    else:
        _discard(ctx, participant)
        ctx.say("change_left")
    return Next.RESUME


def _new_choice(
    ctx: Context, participant: Participant, past: Checkin, step: Step, button: PhraseButton
) -> Next | None:
    place, _, choice = button.choice.partition(".")
    flow = ctx.env.library.get_version(past.version)
    offered = {read.rpartition(".")[2] for read in _offered(ctx, participant, past, step)}
    if place != to_base36(flow.steps.index(step)) or choice not in offered:
        ctx.toast_phrase("stale")
    elif choice == _DONE:
        return _done(ctx, participant, past, step)
    elif choice[:1] in ("+", "-"):
        taken = {choice[1:]} if choice[0] == "-" else set()
        picks = {*_picks(participant), choice[1:]} - taken
        awaited = participant.pending_input
        assert isinstance(awaited, AwaitingCorrection)  # noqa: S101 - see `_waiting`
        ordered = tuple(c.id for c in step.choices if c.id in picks)
        participant.pending_input = replace(awaited, picks=ordered)
        ctx.uow.participants.save(participant)
        ctx.edit_keyboard_only = True
        _show(ctx, participant, past, step)
    else:
        own = step.choice(choice)
        ctx.choose(lazy(own.label, ctx.facts(past.case_id)) if own else None)
        return _replace(ctx, participant, past, step, engine.answer_of(step, choices=(choice,)))
    return None


def _offered(ctx: Context, participant: Participant, past: Checkin, step: Step) -> list[str]:
    """The choices of the buttons; of a multiple-choice one both ways: a double tap is one tap."""
    data = [key.data.split(":")[2] for key in _choices(ctx, participant, past, step)]
    return data + [d.translate(str.maketrans("+-", "-+")) for d in data]


def _done(ctx: Context, participant: Participant, past: Checkin, step: Step) -> Next | None:
    picks = _picks(participant)
    if picks:
        return _replace(ctx, participant, past, step, engine.answer_of(step, choices=picks))
    ctx.say("pick_first")
    return None


def receive(
    ctx: Context, participant: Participant, what: TextMessage | VoiceMessage
) -> Next | None:
    """Replaces the answer by a text or a voice note; "Leave it", typed, is what the button is."""
    found = _waiting(ctx, participant)
    if found is None:
        _discard(ctx, participant)
        ctx.say("change_none")
    elif isinstance(what, TextMessage) and len(what.text) > answer_limits.LONGEST_WORDS:
        ctx.say("too_long")
    else:
        past, step = found
        controls = ctx.env.library.phrases["change_one"].choices.items()
        if isinstance(what, TextMessage) and (
            choice := typed_choices.labelled(ctx, what.text, controls)
        ):
            return _settled(ctx, participant, past, step, choice)
        words = what.text if isinstance(what, TextMessage) else None
        if not step.takes_any_words and (words := step.read(words or "")) is None:
            ctx.say_without_buttons(small_talk.not_understood(ctx, "unknown_tap"))
            return None
        voice = (what.reference,) if isinstance(what, VoiceMessage) else ()
        return _replace(
            ctx, participant, past, step, engine.answer_of(step, words=words, voice=voice)
        )
    return None


def _replace(
    ctx: Context, participant: Participant, past: Checkin, step: Step, answer: Answer
) -> Next:
    _gone(ctx, participant, past, step, answer)
    ctx.uow.checkins.save_answers(participant, past, [answer], ctx.now)
    ctx.say("change_done")
    return Next.RESUME


def _gone(
    ctx: Context, participant: Participant, past: Checkin, step: Step, answer: Answer | None
) -> None:
    """Erases the old answer, with those that were only asked for because of it."""
    _discard(ctx, participant)
    flow = ctx.env.library.get_version(past.version)
    facts = ctx.facts(past.case_id)
    session = past.session
    answers = {k: a for k, a in session.answers.items() if k != step.id}
    after = replace(session, answers={**answers, step.id: answer} if answer else answers)
    before = engine.orphans(flow, session, facts=facts)
    orphans = set(engine.orphans(flow, after, facts=facts)) - set(before)
    ctx.uow.checkins.withdraw_answers(participant, past.id, {step.id, *orphans})
    past.session = _without(after, orphans)
    live = participant.open_checkin
    if live is not None and _is_live(participant, past):
        live.session = past.session
        if live.session.step == step.id:
            # The answer to the open question: it is asked as if for the first time.
            several = answer is not None and step.kind.traits.several
            picks = answer.choices if answer is not None and several else ()
            live.session = replace(past.session, begun=False, picks=picks)
        ctx.uow.checkins.save(participant, live, ctx.now)


def _without(session: engine.Session, steps: set[str]) -> engine.Session:
    answers = {k: a for k, a in session.answers.items() if k not in steps}
    return replace(
        session, answers=answers, trail=tuple(t for t in session.trail if t not in steps)
    )


def discard_unless_changing(ctx: Context) -> None:
    """Discards the change in progress once they do something else."""
    button, participant = ctx.button, ctx.participant
    if participant is None or not awaits_correction(participant):
        return
    if not (isinstance(button, PhraseButton) and button.phrase.startswith("change_")):
        _discard(ctx, participant)


def _discard(ctx: Context, participant: Participant) -> None:
    participant.pending_input = participant.pending_since = None
    ctx.uow.participants.save(participant)


def awaits_correction(participant: Participant | None) -> bool:
    """Whether their next text is the new answer."""
    awaited = participant.pending_input if participant is not None else None
    return isinstance(awaited, AwaitingCorrection)


def _waiting(ctx: Context, participant: Participant) -> tuple[Checkin, Step] | None:
    """The check-in and question that are being changed, if they still can be."""
    awaited = participant.pending_input
    if not isinstance(awaited, AwaitingCorrection):
        return None
    past = _past(participant, awaited.checkin_id)
    step = _step(ctx, past, awaited.step)
    return (past, step) if past is not None and step is not None else None


def _picks(participant: Participant) -> tuple[str, ...]:
    """The choices that are marked in the question being changed."""
    awaited = participant.pending_input
    return awaited.picks if isinstance(awaited, AwaitingCorrection) else ()


def _past(participant: Participant, session_id: int) -> Checkin | None:
    return next((p for p in participant.checkins if p.id == session_id), None)


def _step(ctx: Context, past: Checkin | None, step_id: object) -> Step | None:
    found = _answered(ctx, past) if past is not None else []
    return next((step for step in found if step.id == step_id), None)


def _answered(ctx: Context, past: Checkin) -> list[Step]:
    """The questions with an answer, in order.

    Who may read it, and whether the bot may write, is more than an answer: changed elsewhere.
    """
    flow: Flow = ctx.env.library.get_version(past.version)
    given = past.session.answers
    return [s for s in flow.steps if s.id in given and s.meaning not in _CHANGED_ELSEWHERE]


def _is_live(participant: Participant, past: Checkin) -> bool:
    return participant.open_checkin is not None and participant.open_checkin.id == past.id
