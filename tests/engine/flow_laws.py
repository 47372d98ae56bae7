"""The laws that hold in every place of every flow, one per function.

Each gives whether it holds, or what is wrong; `test_flow_invariants` looks everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.i18n.localizer import Localizer
from bot.messages.callback_data import LONGEST_DATA, QuestionButton
from bot.messages.renderer import LONGEST_MESSAGE, prompt_message
from flows.engine import (
    AnswerState,
    Incoming,
    Note,
    Quoted,
    Step,
    StepKind,
    Tap,
    Turn,
    Voice,
    Words,
)
from flows.engine.flow import CONTROLS, DONE, KEEP_IT, RATHER_NOT_SAY, SKIP
from tests.support.flow_explorer import (
    LONG_WORDS,
    PHRASES,
    SOUND,
    Place,
    faults,
    holds,
    is_gate,
    offered,
    through_json,
)

ENGLISH = Localizer("en", PHRASES, {})
LARGEST_SESSION = 2**62 - 1
MOST_MESSAGES = 3
NEVER_TO_THE_YOUNG = ("drug", "drink", "neglect", "abuse")


def tapped(move: Incoming) -> str | None:
    return move.choice if isinstance(move, Tap) else None


def jumps(step: Step, move: Incoming) -> bool:
    choice = step.choice(tapped(move) or "")
    return choice is not None and choice.next is not None


# What must hold of every move in every place. Each gives whether it holds.


def the_session_survives_the_database(place: Place, move: Incoming, turn: Turn) -> bool:
    if turn.session is place.session:
        return True
    # What was said in earlier check-ins goes through at each new place, and never changes.
    alone = replace(turn.session, earlier={})
    return turn.session.earlier is place.session.earlier and through_json(alone) == alone


def the_session_is_sound(place: Place, move: Incoming, turn: Turn) -> bool:
    return turn.ended or not faults(place.flow, turn.session)


def stop_ends_it(place: Place, move: Incoming, turn: Turn) -> bool:
    if tapped(move) != "stop":
        return not turn.stopped
    kept = turn.session.answers == place.session.answers
    return turn.stopped and turn.ended and not turn.prompts and kept


def not_now_leaves_all_as_it_is(place: Place, move: Incoming, turn: Turn) -> bool:
    if tapped(move) != "not_now":
        return not turn.postponed
    return turn == Turn(place.session, postponed=True)


def every_button_does_something(place: Place, move: Incoming, turn: Turn) -> bool:
    return turn.note is not Note.STALE


def never_too_many_messages(place: Place, move: Incoming, turn: Turn) -> bool:
    return len(turn.prompts) <= MOST_MESSAGES


def it_ends_or_asks(place: Place, move: Incoming, turn: Turn) -> bool:
    """The last prompt is the question that waits, with its own buttons; no other has any."""
    *said, last = turn.prompts or [None]
    if any(offered(p) for p in said if p is not None):
        return False
    if turn.ended or last is None:
        return last is None or not offered(last)
    return (last.step, last.turn) == (turn.session.step, turn.session.turn) and bool(offered(last))


def what_is_kept_is_what_was_done(  # noqa: C901 - a case for each control
    place: Place, move: Incoming, turn: Turn
) -> bool:
    """Skipped, rather not say, not sure and answered are four things; a gate keeps nothing."""
    step, said = place.step, place.session.answers.get(place.step.id)
    kept = {a.step: a for a in turn.answers}.get(step.id)
    match tapped(move):
        case None:
            return all(turn.session.answers[a.step] == a for a in turn.answers)
        case "back" | "stop" | "not_now":
            return not turn.answers
        case "skip":
            if said is not None:
                return kept == said
            return kept is not None and kept.state is AnswerState.SKIPPED
        case "keep_it":
            return kept == said
        case "take_back":
            gone = {step.id} <= {*turn.dropped_answers} and step.id not in turn.session.answers
            return gone and not turn.answers and turn.session.step == step.id
        case "rather_not_say":
            return kept is not None and kept.state is AnswerState.RATHER_NOT_SAY and not kept.words
        case "not_sure":
            talked = place.session.begun
            state = AnswerState.ANSWERED if talked else AnswerState.NOT_SURE
            return kept is not None and (kept.state, kept.choices) == (state, ("not_sure",))
        case "done":
            return (kept.choices if kept else ()) == place.session.picks
        case choice if is_gate(step, choice) or step.kind is StepKind.CHOICES:
            return not turn.answers and turn.edit_keyboard_only != is_gate(step, choice)
        case choice:
            return (
                kept is not None
                and kept.choices == (choice,)
                and kept.state is AnswerState.ANSWERED
                and place.session.begun == bool(kept.words or kept.voice)
            )


def nothing_is_asked_again(place: Place, move: Incoming, turn: Turn) -> bool:
    """Going forward never leads to what has been answered, skipped or said, but by a jump."""
    moved = turn.ended or turn.session.step != place.session.step
    if not moved or tapped(move) in {"back", "stop"} or jumps(place.step, move):
        return True
    come_to = [place.flow.by_id[p.step] for p in turn.prompts]
    behind = {*turn.session.answers, *place.session.passed}
    return all(step.again or step.id not in behind for step in come_to)


def going_on_goes_on(place: Place, move: Incoming, turn: Turn) -> bool:
    """A tap that answers leaves the question behind, and Back will lead to it."""
    answers = tapped(move) in {"skip", "rather_not_say", "keep_it"} or (
        place.step.kind is StepKind.CHOICE and place.step.choice(tapped(move) or "") is not None
    )
    if not answers or turn.ended:
        return True
    return turn.session.trail[-1:] == (place.step.id,) and turn.session.turn > place.session.turn


def back_comes_back(place: Place, move: Incoming, turn: Turn) -> bool:
    """To the question before, with all answers; anew replaces, "Keep it" keeps."""
    if tapped(move) != "back":
        return True
    there = replace(place, session=turn.session)
    said = turn.session.answers.get(there.step.id)
    if (
        turn.session.step != place.session.trail[-1]
        or turn.session.answers != place.session.answers
        or turn.session.turn <= place.session.turn
    ):
        return False
    if said is None:
        return any(is_gate(there.step, choice.id) for choice in there.step.choices)
    declined = said.state in (AnswerState.SKIPPED, AnswerState.RATHER_NOT_SAY)
    if there.step.can_decline and not declined and there.tap("keep_it").answers != (said,):
        return False
    if there.step.takes_words:
        (anew,) = there.hear(Words("Otherwise")).answers
        return anew.words == "Otherwise" and not anew.voice
    choices = (c for c in there.offered if there.step.choice(c.lstrip("+-")))
    choice = next(c for c in choices if not is_gate(there.step, c))
    if there.step.kind is StepKind.CHOICE:
        (anew,) = there.tap(choice).answers
        return anew.choices == (choice,) and anew.words is None and not anew.voice
    return True


def what_no_longer_belongs_is_dropped(place: Place, move: Incoming, turn: Turn) -> bool:
    flow, now = place.flow, turn.session
    before = {*place.session.answers, *(a.step for a in turn.answers)}
    if before - now.answers.keys() != set(turn.dropped_answers) or turn.dropped_answers != tuple(
        dict.fromkeys(turn.dropped_answers)
    ):
        return False
    if any(s in now.answers or s in now.trail for s in turn.dropped_answers):
        return False
    return all(holds(flow.by_id[s].when, place.world, now) for s in now.answers)


def the_waiting_question_is_needed(place: Place, move: Incoming, turn: Turn) -> bool:
    if turn.ended:
        return True
    return holds(place.flow.by_id[turn.session.step].when, place.world, turn.session)


def early_words_join_the_answer_before(place: Place, move: Incoming, turn: Turn) -> bool:
    if not isinstance(move, Words | Voice) or not move.early:
        return turn.note is not Note.ADDED
    before = place.session.answers.get("".join(place.session.trail[-1:]))
    if (
        before is None
        or not (before.words or before.voice)
        or before.state is not AnswerState.ANSWERED
    ):
        return turn == place.hear(replace(move, early=False))
    after = turn.session.answers[before.step]
    if isinstance(move, Words):
        added = f"{before.words}\n{LONG_WORDS}" if before.words else LONG_WORDS
        joined = after == replace(before, words=added)
    else:
        joined = after == replace(before, voice=(*before.voice, SOUND))
    elsewhere = replace(turn.session, answers=place.session.answers) == place.session
    return joined and elsewhere and turn.answers == (after,)


def what_they_say_is_kept(place: Place, move: Incoming, turn: Turn) -> bool:
    """Words or a voice note are an answer, kept beside the buttons; a gate takes only a tap."""
    if not isinstance(move, Words | Voice) or move.early:
        return True
    if not place.step.can_decline:
        return (turn.note, turn.session, turn.answers) == (Note.UNKNOWN, place.session, ())
    (answer,) = turn.answers
    whole = isinstance(move, Voice) or LONG_WORDS in (answer.words or "")
    heard = isinstance(move, Words) or SOUND in answer.voice
    moved = turn.ended or turn.session.turn > place.session.turn
    return whole and heard and moved == place.step.takes_words


def a_double_tap_is_one_tap(place: Place, move: Incoming, turn: Turn) -> bool:
    if not (tapped(move) or "").startswith(("+", "-")):
        return True
    there = replace(place, session=turn.session)
    picked = (tapped(move) or "").startswith("+")
    wanted = (tapped(move) or "")[1:]
    return there.hear(move).session == turn.session and (wanted in turn.session.picks) == picked


LAWS_OF_MOVES: tuple[Callable[[Place, Incoming, Turn], bool], ...] = (
    the_session_survives_the_database,
    the_session_is_sound,
    stop_ends_it,
    not_now_leaves_all_as_it_is,
    every_button_does_something,
    never_too_many_messages,
    it_ends_or_asks,
    what_is_kept_is_what_was_done,
    nothing_is_asked_again,
    going_on_goes_on,
    back_comes_back,
    what_no_longer_belongs_is_dropped,
    the_waiting_question_is_needed,
    early_words_join_the_answer_before,
    what_they_say_is_kept,
    a_double_tap_is_one_tap,
)


# What must hold of every place.


def there_is_always_a_way_out(place: Place) -> bool:
    """Stop and Not now under everything; a question can be declined, or says No itself."""
    controls = {b.id for b in place.prompt.controls}
    if not {"stop", "not_now"} <= controls:
        return False
    if place.step.gate:
        return any(b.id not in CONTROLS for b in place.prompt.choices)
    if place.step.can_decline:
        return place.step.decline in controls or "take_back" in controls
    own = {"keep": "disagree", "message": "disagree", "age": "rather_not_say"}
    choices = {b.id for b in place.prompt.choices}
    wanted = own.get(str(place.step.meaning))
    return wanted in choices if wanted else len(choices) > 1


def back_is_there_after_the_first(place: Place) -> bool:
    return ("back" in place.offered) == bool(place.session.trail)


def every_text_is_filled_and_fits(place: Place) -> bool:
    for prompt in place.turn.prompts:
        message = prompt_message(prompt, ENGLISH, PHRASES, lambda choice: choice)
        whole = "\n".join((message.text, message.reason or "", *(k.label for k in message.choices)))
        if "{" in whole or "}" in whole or len(whole) >= LONGEST_MESSAGE:
            return False
    return True


def every_button_fits(place: Place) -> bool:
    return all(
        len(QuestionButton(LARGEST_SESSION, place.step.id, 999, choice).encode().encode())
        <= LONGEST_DATA
        for choice in place.offered
    )


def a_tap_that_does_not_fit_changes_nothing(place: Place) -> bool:
    """Another step's button, an older or newer one, one never drawn, one not offered here."""
    step, turn = place.session.step, place.session.turn
    first = place.offered[0]
    forged = [Tap(s.id, turn, first) for s in place.flow.steps if s.id != step]
    forged += [Tap(step, turn + n, c) for n in (-1, 1, 999) for c in place.offered]
    own = {c.id for c in place.step.choices}
    own |= (
        {sign + c for c in own for sign in "+-"} if place.step.kind is StepKind.CHOICES else set()
    )
    hidden = own - {sign + b.id for b in place.prompt.choices for sign in ("", "+", "-")}
    strange = {"", "+", "-", "zz", "+zz", "end", "stopped", *(f"*{c}" for c in place.offered)}
    if place.step.kind is StepKind.CHOICES:
        strange |= {c.id for c in place.step.choices}
    absent = {*CONTROLS, *strange, *hidden} - {*place.offered}
    if place.step.can_decline:
        absent -= {RATHER_NOT_SAY}  # may be typed, also where Skip is the button
        if place.step.id in place.session.answers:
            absent -= {SKIP}  # under a question from before there was "Keep it"
            absent -= {KEEP_IT, DONE}  # both keep what stands, tapped a little late
    forged += [Tap(step, turn, c) for c in absent]
    return all(place.hear(tap) == Turn(place.session, note=Note.STALE) for tap in forged)


def nothing_is_quoted_to_who_asked_not_to_see_it(place: Place) -> bool:
    """Earlier words are shown after the saying that may be passed by, and only then."""
    if "recall" not in place.flow.by_id or "recall" in place.session.passed:
        return True
    shown = [p for p in place.turn.prompts if p.step != "recall"]
    quoting = any(isinstance(v, Quoted) for p in shown for v in p.values.values())
    return not quoting and not any(
        "you told me" in p.text.source for p in shown if p.step != "intro"
    )


LAWS_OF_PLACES: tuple[Callable[[Place], bool], ...] = (
    there_is_always_a_way_out,
    back_is_there_after_the_first,
    every_text_is_filled_and_fits,
    every_button_fits,
    a_tap_that_does_not_fit_changes_nothing,
    nothing_is_quoted_to_who_asked_not_to_see_it,
)
ENDS = "skipping_everything_ends_it"
LAWS = [law.__name__ for law in (*LAWS_OF_MOVES, *LAWS_OF_PLACES)] + [ENDS]
