"""Workers themselves: becoming one, the first words, and small words between us.

Does nothing about the people they know; see `people` and `one`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.conversation.context import Visit
from bot.domain.participant import Whose
from bot.domain.worker import Case, Invite, Worker
from bot.i18n.localizer import Tongue, shortened
from bot.messages.builder import LONGEST_MESSAGE
from bot.messages.callback_data import Work
from bot.messages.reply import Key, Message, Reply
from bot.store.crypto.system_keys import new_id
from flows.engine import Value


async def appointed(visit: Visit, invite: Invite) -> None:
    """Makes a worker of whoever opened an invite first."""
    tongues = visit.around.tongues
    language = tongues.guess(visit.arrival.hint) or tongues.offered[0]
    worker = await visit.batch.caseload.appoint(
        visit.arrival.chat, invite, language, visit.around.zone, visit.now
    )
    visit.worker = worker
    welcome(visit, worker)


OWN = ("new", "people")
FOR_ALL = ("start", "help", "stop", "language", "hide")
"""The commands that do something for a worker who is no participant here."""


def show_menu(visit: Visit) -> None:
    """Shows this chat a worker's commands, beside a participant's where they are one too."""
    phrases, tongue = visit.around.library.phrases, visit.tongue
    own, shown = phrases["w_hello"].choices, FOR_ALL if visit.person is None else phrases.menu
    commands = {name: own[name] for name in OWN} | {name: phrases.menu[name] for name in shown}
    visit.menu = tuple((name, tongue.text(words)) for name, words in commands.items())


def menu_follows(visit: Visit, *, known: bool) -> None:
    """Shows a worker's chat other commands once they have become a participant too, or are none."""
    worker = visit.worker
    if worker is not None and worker.active and known != (visit.person is not None):
        show_menu(visit)


def welcome(visit: Visit, worker: Worker) -> None:
    """The first words, and where everything begins."""
    visit.language = worker.language
    keys = [
        key(visit, "w_hello", "new", Work("new")),
        key(visit, "w_hello", "people", Work("people")),
    ]
    if not worker.morning:
        keys.append(key(visit, "w_hello", "morning", Work("morning", how="on")))
    if worker.lead:
        keys.append(key(visit, "w_hello", "crew", Work("crew")))
    visit.offer("w_hello", keys, {"name": worker.name})
    show_menu(visit)


async def morning(visit: Visit, worker: Worker, button: Work) -> None:
    """Switches the morning note on or off."""
    worker.morning = button.how == "on"
    await visit.batch.caseload.change_worker(worker)
    off = key(visit, "w_morning_on", "off", Work("morning", how="off"))
    visit.offer(
        "w_morning_on" if worker.morning else "w_morning_off", [off] if worker.morning else []
    )


def stopped(visit: Visit, worker: Worker) -> None:
    """Ends what a worker may do without: an alert is somebody else's, and still comes."""
    visit.language = worker.language
    worker.morning, worker.waits = False, {}
    visit.then.append(lambda: visit.batch.caseload.change_worker(worker))
    visit.say("w_stopped")


async def refuse(visit: Visit, action: str) -> None:
    """Refuses: always in the same words, which do not say what there is; and writes it down."""
    await visit.batch.caseload.refused(visit.arrival.chat, visit.worker, action, visit.now)
    visit.glance("stale")


def key(visit: Visit, phrase: str, choice: str, work: Work) -> Key:
    """A button with words from a phrase's choices."""
    return Key(visit.label(phrase, choice), work.data())


def message(
    visit: Visit, tongue: Tongue, name: str, values: Mapping[str, Value], about: int = 0
) -> Message:
    """A message to another worker, in that worker's language, with the phrase's own buttons.

    A choice of the phrase is the verb of its button.
    """
    phrase = visit.around.library.phrases[name]
    return Message(
        shortened(tongue.phrase(name, values), LONGEST_MESSAGE),
        choices=tuple(
            Key(tongue.text(text), Work(verb, about).data())
            for verb, text in phrase.choices.items()
        ),
        right_to_left=tongue.right_to_left,
    )


def tell(
    visit: Visit,
    worker: Worker,
    message: Message,
    *,
    urgent: bool = False,
    about: Case | None = None,
    silent: bool = False,
) -> None:
    """Says something to a worker beside the answer to whoever wrote."""
    reply = Reply(new_id(), worker.chat, (message,), urgent=urgent, lasting=True, silent=silent)
    visit.beside.append(replace(reply, whose=whose(about)))


def whose(case: Case | None) -> Whose | None:
    """Whom a message is about that names somebody and holds no word of theirs."""
    participant_id = case.participant_id if case else None
    return Whose(participant_id) if participant_id is not None else None


def rows(pairs: Iterable[tuple[str, Work]]) -> list[Key]:
    """Buttons from their words and what they do."""
    return [Key(shortened(words, 64), work.data()) for words, work in pairs]
