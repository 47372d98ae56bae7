"""Onboarding until consent: introduction, language, age, and the yes in its parts.

Nothing is stored until the last yes. The progress is in the buttons themselves, so a person who
leaves, says no, or is under 13 leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.conversation import chat_menu
from bot.conversation.context import Context
from bot.conversation.identity import join_case, private_word, shared_phone
from bot.conversation.next_step import Next
from bot.conversation.onboarding import first_screen, organisation, told_age, typed_steps
from bot.conversation.onboarding.first_screen import ASK
from bot.conversation.onboarding.replay import DIGITS, said_until, walk
from bot.conversation.safety import contact_request, settings_screen
from bot.domain import lifecycle
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import (
    SHOW,
    STOP,
    OnboardingButton,
    PhraseButton,
    first_path,
    from_base36,
    to_base36,
)
from bot.messages.parts import ButtonPart, lazy, prompt_part
from flows import engine
from flows.engine import Answer, Flow, Meaning, Session, Step, Tap, Turn

FLOW = "welcome"
YOUNG, ADULT = "young", "adult"


@dataclass(frozen=True, slots=True)
class _Way:
    """The progress: as the buttons carry it, without a choice, and the engine's turn at its end."""

    flow: Flow
    button: OnboardingButton
    turn: Turn


def greet(ctx: Context, *, language: str | None = None) -> None:
    """Sends the introduction, perhaps in a given `language`; `ASK` asks which."""
    flow, path = ctx.env.library.current[FLOW], first_path(told_age.of_link(ctx))
    guess = language or first_screen.guess(ctx)
    if guess != ASK:
        ctx.language = guess
    start = OnboardingButton(flow.version, guess, _since(ctx), path, "")
    _say(ctx, _Way(flow, start, engine.begin(flow, facts=_facts(ctx, start))))


async def typed(ctx: Context, way: OnboardingButton, text: str) -> Next | None:
    """Handles a button typed instead of tapped; for any other text repeats the same."""
    walked = _walked(ctx, way)
    if walked is None:
        return Next.ONBOARD
    ctx.language = _language(ctx, walked.turn.session, way.guess)
    step = walked.flow.by_id[walked.turn.session.step]
    choice = typed_steps.choice(ctx, step, walked.turn.prompts[-1], text)
    if choice is not None:
        return await tapped(ctx, replace(way, choice=choice))
    if _is_first(ctx, walked) and (language := first_screen.named(ctx, way, text)) is not None:
        return await tapped(ctx, language)
    if way.told_age is not None and told_age.is_said(ctx, walked.flow, text):
        await _ask_age(ctx)
        return None
    await typed_steps.say_unclear(ctx, step, text)
    _say(ctx, walked)
    return None


def repeat(ctx: Context) -> None:
    """Asks the step on the way to consent that waits, else greets."""
    walked = _walked(ctx, ctx.onboarding) if ctx.onboarding is not None else None
    if walked is None:
        greet(ctx)
        return
    ctx.language = _language(ctx, walked.turn.session, walked.button.guess)
    _say(ctx, walked)


async def tapped(ctx: Context, button: OnboardingButton) -> Next | None:
    """Takes one step, and at the end creates the participant."""
    stopped = ctx.onboarding if has_stopped(ctx) else None
    ctx.onboarding = None
    if ctx.participant is not None and ctx.participant.state is not ParticipantState.STOPPED:
        ctx.toast_phrase("done_already")
        return None
    if button.since != _since(ctx) or _is_before(ctx, stopped):
        ctx.toast_phrase("are_stopped" if stopped or ctx.participant else "stale")
        ctx.onboarding = stopped
        return None
    if button.choice == SHOW and button.guess in ctx.env.languages.codes:
        _show(ctx, button)
        return None
    way = _walked(ctx, button)
    if way is None and button.choice != STOP:
        # The text has changed since, or the button is forged: begin again, nothing was stored.
        return Next.ONBOARD
    if way is None or button.choice == STOP:
        ctx.say_without_buttons("stopped_bare")
        await stop(ctx)
        return None
    ctx.language = _language(ctx, way.turn.session, way.button.guess)
    step = way.flow.by_id[way.turn.session.step]
    tap = Tap(step.id, way.turn.session.turn, button.choice)
    turn = engine.hear(way.flow, way.turn.session, tap, facts=_facts(ctx, button))
    if turn.postponed:
        ctx.say("welcome_later")
        # Promised: nothing is stored; the link still works for them.
        await join_case.release_link(ctx)
    elif turn.note is not None:
        ctx.toast_phrase("stale")
    else:
        return await _go_on(ctx, way, step, button.choice, turn)
    return None


def _show(ctx: Context, button: OnboardingButton) -> None:
    """Shows the first screen in another language."""
    ctx.choose(dict(ctx.language_names())[button.guess])
    greet(ctx, language=button.guess)
    chat_menu.show(ctx)


async def _ask_age(ctx: Context) -> None:
    """Begins again without the age that the worker has told."""
    await told_age.correct(ctx)
    greet(ctx, language=ctx.localizer.code)


async def _go_on(ctx: Context, way: _Way, step: Step, choice_id: str, turn: Turn) -> Next | None:
    """Sends the next step; at the end consent is given, or not."""
    choice = step.choice(choice_id)
    ctx.choose(lazy(choice.label) if choice else None)
    if _is_first(ctx, way):
        await shared_phone.end_undo(ctx)
    if choice_id == told_age.WRONG:
        await _ask_age(ctx)
        return None
    if choice_id == "back":
        path = way.button.path[:-1]
    else:
        digit = DIGITS[[c.id for c in step.choices].index(choice_id)]
        path = way.button.path + digit
    onward = replace(way, button=replace(way.button, path=path), turn=turn)
    ctx.language = _language(ctx, turn.session, way.button.guess)
    if step.meaning is Meaning.LANGUAGE:
        # Facts filled in, such as our name, were in the language before.
        said = engine.say_again(way.flow, turn, facts=_facts(ctx, way.button))
        onward = replace(onward, turn=replace(turn, prompts=said))
        chat_menu.show(ctx)
    _say(ctx, onward)
    if not turn.ended:
        return None
    if not await _agreed(ctx, onward):
        await join_case.release_link(ctx)
        return None
    return _after_consent(ctx)


async def stop(ctx: Context) -> None:
    """Records a stop before consent."""
    await join_case.release_link(ctx)
    message = ctx.update.message_id or (ctx.pressed and ctx.pressed.message_id) or 0
    ctx.onboarding, ctx.stops = OnboardingButton.stop(message), True
    if ctx.participant is None and ctx.localizer.code != chat_menu.of_phone(ctx):
        chat_menu.reset(ctx)


def has_stopped(ctx: Context) -> bool:
    """Whether they stopped before agreeing to anything (or to anything again)."""
    return ctx.onboarding is not None and ctx.onboarding.is_stop


def _is_before(ctx: Context, stopped: OnboardingButton | None) -> bool:
    """Whether the tapped button is above the place where they stopped."""
    under = ctx.pressed.message_id if ctx.pressed else None
    return stopped is not None and (under or 0) <= from_base36(stopped.path)


def _since(ctx: Context) -> str:
    """When they stopped, as their buttons carry it; else the number of earlier participants.

    So buttons under which another person has given consent are not valid for them.
    """
    if ctx.participant is None:
        return to_base36(len(ctx.lookups.inactive_participants))
    return to_base36(int(ctx.participant.moved_at.timestamp()))


def _walked(ctx: Context, button: OnboardingButton) -> _Way | None:
    """Replays a button's path in the engine; None if that is impossible."""
    flow = ctx.env.library.current[FLOW]
    offered = ctx.env.languages.codes
    if not flow.version.startswith(button.version[:8]) or len(button.version) < 8:
        return None
    if not told_age.holds(ctx, button) or button.guess not in (ASK, *offered):
        return None
    turn = walk(flow, button.digits, tuple(_facts(ctx, button).items()))
    return None if turn is None else _Way(flow, replace(button, since=_since(ctx), choice=""), turn)


def _say(ctx: Context, way: _Way) -> None:
    """Says a turn; what the first screen has besides is under its first message."""
    if not way.turn.ended:
        ctx.onboarding = way.button
    # A greeting and the question after it are too long for one small screen.
    parts = [
        prompt_part(
            prompt,
            ctx.localizer,
            ctx.env.library.phrases,
            lambda choice: replace(way.button, choice=choice).encode(),
        )
        for prompt in way.turn.prompts
    ]
    if not way.button.digits and ctx.participant is None:
        back = ButtonPart(ctx.label("came_back", "ask"), PhraseButton("came_back", "ask").encode())
        parts[0] = replace(parts[0], choices=(*parts[0].choices, back))
    if _is_first(ctx, way) and (way.button.told_age is None or len(parts) > 1):
        start = replace(way.button, path=first_path(way.button.told_age))
        parts[0] = first_screen.complete(ctx, parts[0], start)
    ctx.parts += parts


def _is_first(ctx: Context, way: _Way) -> bool:
    """Whether this is the first screen after the language is known."""
    facts = _facts(ctx, replace(way.button, guess=ctx.localizer.code))
    first = walk(way.flow, "", tuple(facts.items()))
    return first is not None and first.session.step == way.turn.session.step


async def _agreed(ctx: Context, way: _Way) -> bool:
    """Creates (or restores) the participant, if the path ended in a yes; whether it did."""
    answers, flow = way.turn.session.answers, way.flow
    steps = {step.meaning: step for step in flow.steps if step.meaning}
    keep = answers.get(steps[Meaning.KEEP].id)
    if keep is None or "agree" not in keep.choices:
        return False
    asked, may_message = [Meaning.KEEP], False  # the end of a check-in asks for that
    if Meaning.MESSAGE in steps:  # but some versions ask here
        asked.append(Meaning.MESSAGE)
        may_message = "agree" in _choices(answers.get(steps[Meaning.MESSAGE].id))
    audience = ADULT if "adult" in _choices(answers.get(steps[Meaning.AGE].id)) else YOUNG
    participant = ctx.participant
    if participant is None:
        participant = ctx.uow.participants.add(
            ctx.update.chat,
            ctx.now,
            language=ctx.localizer.code,
            audience=audience,
            timezone=ctx.env.zone,
            may_message=may_message,
            retention_months=ctx.env.keep_months,
            shared_phone=bool(ctx.lookups.inactive_participants),
        )
        ctx.uow.participants.record_transition(lifecycle.joined(participant, ctx.now))
        ctx.participant = participant
    else:
        participant.language, participant.audience = ctx.localizer.code, audience
        participant.may_message, participant.unanswered = may_message, 0
        participant.known_at = ctx.now
        # The retention promised for earlier answers is never made longer.
        participant.retention_months = min(participant.retention_months, ctx.env.keep_months)
        ctx.uow.participants.move(participant, "agree", ctx.now)
    await _take_phone(ctx, participant, answers, steps.get(Meaning.PHONE))
    for meaning in asked:
        consent = {
            "kind": meaning.value,
            "given": may_message if meaning is Meaning.MESSAGE else True,
            "version": flow.version,
            "step": steps[meaning].id,
            "language": ctx.localizer.code,
            "wording": _wording(ctx, way, steps[meaning]),
        }
        ctx.uow.participants.record_consent(participant, consent, ctx.now)
    if ctx.lookups.claimed_case is not None:
        await join_case.join(ctx, participant, ctx.lookups.claimed_case)
        await contact_request.say_after_consent(ctx, ctx.lookups.claimed_case)
    return True


def _after_consent(ctx: Context) -> Next | None:
    """The first check-in; on a phone of several, a new participant is first asked for a word."""
    participant = ctx.participant
    assert participant is not None  # noqa: S101 - they have agreed just now
    first = participant.joined_at == ctx.now
    if first and ctx.lookups.inactive_participants:
        private_word.ask(ctx, participant)  # what comes next comes after it
        return None
    return Next.AFTER_CONSENT


async def _take_phone(
    ctx: Context, participant: Participant, answers: Mapping[str, Answer], step: Step | None
) -> None:
    """Stores phone privacy, if it was asked on the way."""
    answer = answers.get(step.id) if step is not None else None
    if answer is None:
        return
    if settings_screen.see_others(participant, next(iter(answer.choices), ""), ctx.now):
        await settings_screen.retime(ctx, participant)
    ctx.uow.participants.save(participant)
    if participant.shared_phone:
        ctx.say("safety_shared")


def _wording(ctx: Context, way: _Way, step: Step) -> str:
    """Everything shown on the way to this consent, with its exact text and language."""
    known = tuple(_facts(ctx, way.button).items())
    said = said_until(step.id, way.flow, way.button.digits, known, ctx.localizer)
    chosen = way.turn.session.answers.get(step.id)
    labels = [ctx.localizer.text(c.label) for c in step.choices if c.id in _choices(chosen)]
    return "\n\n".join([*said, *(f"[{label}]" for label in labels)])


def _choices(answer: Answer | None) -> tuple[str, ...]:
    return answer.choices if answer else ()


def _language(ctx: Context, session: Session, guess: str) -> str:
    for answer in session.answers.values():
        if answer.step == "lang" and answer.choices:
            return answer.choices[0]
    return guess if guess != ASK else ctx.localizer.code


def _facts(ctx: Context, button: OnboardingButton) -> dict[str, engine.Value]:
    facts: dict[str, engine.Value] = {
        "org_name": organisation.name(ctx.env),
        "keep_months": ctx.env.keep_months,
        "offered": ctx.env.languages.codes,  # type: ignore[dict-item]
    }
    if (details := organisation.details(ctx.env)) is not None:
        facts["org_details"] = details
    if button.guess != ASK:
        facts["language"] = button.guess
    if button.told_age is not None:
        facts["told_age"] = button.told_age
    return facts
