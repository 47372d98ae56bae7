"""/new: names, what it is about, the language; then links to hand over, or cards to print.

Keeps no link: only its hash, so it is shown once.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.worker import Case, Worker
from bot.messages import card_digits
from bot.messages.callback_data import WorkerButton
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.reply import CardSheet, InlineButton, InvitationCard, QrCode
from bot.store.repositories.work.service_repository import one_name_each
from bot.workers import accounts, worker_pending_input
from flows.engine import Value
from flows.engine.normalise import normalise

MOST_NAMES = 50
LONGEST_NAME = 60
LONGEST_SERVICE = 80
_RECENT = 40
_OFFERED = 6
ANY = "any"


async def start(visit: Context, worker: Worker, names: str) -> None:
    """Begins with the names given, or asks for them."""
    if names:
        await names_typed(visit, worker, names)
    else:
        await worker_pending_input.expect(visit, worker, to="names")
        worker_pending_input.ask_for(visit, "w_names")


async def names_typed(visit: Context, worker: Worker, text: str) -> None:
    """Takes the names, one on each line, and asks what it is about."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    names = list(dict.fromkeys(line for line in lines if line))
    if not names or len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
        await worker_pending_input.expect(visit, worker, to="names")
        worker_pending_input.ask_for(visit, "w_names_wrong", {"most": MOST_NAMES})
        return
    services = await _services(visit, worker)
    draft = secrets.randbits(30)
    await worker_pending_input.expect(
        visit, worker, to="service", draft=draft, names=names, services=services
    )
    keys = accounts.button_rows(
        (service, WorkerButton("service", draft, str(place)))
        for place, service in enumerate(services)
    )
    worker_pending_input.ask_for(visit, "w_service" if keys else "w_service_first", keys=keys)


async def _services(visit: Context, worker: Worker) -> list[str]:
    """What this worker's newest links were about, to tap instead of typing it again."""
    cases = await visit.uow.caseload.newest(worker.id, _RECENT)
    used = one_name_each((), (c.service for c in cases if c.service))
    newest = dict.fromkeys(used[normalise(c.service)] for c in cases if c.service)
    return list(newest)[:_OFFERED]


async def service_tapped(visit: Context, worker: Worker, button: WorkerButton) -> None:
    """Takes a service that was used before."""
    waits = worker.pending_input
    services = waits.get("services", [])
    # Ascii, for "²" is a digit too, and no number.
    place = int(button.how) if button.how.isascii() and button.how.isdigit() else -1
    fits = waits.get("to") == "service" and waits.get("draft") == button.about
    if fits and 0 <= place < len(services):
        visit.chosen = services[place]
        await service_named(visit, worker, services[place])
    else:
        visit.toast_phrase("stale")


async def service_named(visit: Context, worker: Worker, text: str) -> None:
    """Takes what it is about, and asks for the language where there are several."""
    service = " ".join(text.split())
    if not service or len(service) > LONGEST_SERVICE:
        worker_pending_input.ask_for(visit, "w_service_wrong")
        return
    service = await visit.uow.caseload.known_service(service)
    waits = worker.pending_input
    offered = visit.env.languages.codes
    draft = {"draft": waits["draft"], "names": waits["names"], "service": service}
    if len(offered) == 1:
        await _make(visit, worker, draft, None)
        return
    await worker_pending_input.expect(visit, worker, to="language", **draft)
    _ask_language(visit, waits["draft"])


def _ask_language(visit: Context, draft: int) -> None:
    keys = [
        InlineButton(name, WorkerButton("lang", draft, code).encode())
        for code, name in visit.language_names()
    ]
    unknown = accounts.worker_button(visit, "w_language", "any", WorkerButton("lang", draft, ANY))
    worker_pending_input.ask_for(visit, "w_language", keys=[*keys, unknown])


async def language_typed(visit: Context, worker: Worker, text: str) -> None:
    """Takes a language that was typed by its name instead of tapped, or asks once more."""
    named = {normalise(name): code for code, name in visit.language_names()}
    if (code := named.get(normalise(text))) is not None:
        await _make(visit, worker, worker.pending_input, code)
    else:
        _ask_language(visit, worker.pending_input["draft"])


async def language_tapped(visit: Context, worker: Worker, button: WorkerButton) -> None:
    """Takes the language, and makes the links."""
    waits = worker.pending_input
    fits = waits.get("to") == "language" and waits.get("draft") == button.about
    offered = visit.env.languages.codes
    if not fits or button.how not in (*offered, ANY):
        visit.toast_phrase("stale")
        return
    await _make(visit, worker, waits, None if button.how == ANY else button.how)


async def _make(
    visit: Context, worker: Worker, draft: Mapping[str, Any], language: str | None
) -> None:
    names = [(name, new_token()) for name in draft["names"]]
    expires_at = visit.now + WORKS_FOR
    cases = await visit.uow.caseload.make_cases(
        worker, names, draft["service"], language, visit.now, expires_at
    )
    await worker_pending_input.expect(visit, worker)
    links = [visit.env.address.link(token) for _, token in names]
    show_links(visit, cases, links)


async def reissue_link(visit: Context, case: Case) -> None:
    """Makes a new link for somebody who has not joined yet; the old one is dead from now on."""
    token = new_token()
    expires_at: dt.datetime = visit.now + WORKS_FOR
    await visit.uow.caseload.new_link(case, token, expires_at)
    show_links(visit, [case], [visit.env.address.link(token)])


def show_links(visit: Context, cases: Sequence[Case], links: Sequence[str]) -> None:
    """Shows one link with its picture and words to say, or many on a sheet of cards."""
    if len(cases) == 1:
        case, link = cases[0], links[0]
        values: dict[str, Value] = {"name": case.name, "link": link, **_ways(visit, case)}
        visit.say_with_buttons("w_link", (), values, attach=QrCode(link))
        visit.say("w_say")
        return
    cards = [
        _card(visit, case, link, str(mark))
        for mark, (case, link) in enumerate(zip(cases, links, strict=True), 1)
    ]
    listed = "\n".join(f"{mark}  {case.name}" for mark, case in enumerate(cases, 1))
    sheet = CardSheet(tuple(cards), visit.localizer.right_to_left, _today(visit).isoformat())
    visit.say_with_buttons("w_cards", (), {"date": _ends(visit, cases[0])}, attach=sheet)
    visit.say_text(listed)
    visit.say("w_say")


def _card(visit: Context, case: Case, link: str, mark: str) -> InvitationCard:
    tongues = visit.env.languages
    tongue = tongues[case.language] if case.language in tongues.codes else visit.localizer
    org_name = visit.env.org_name or tongue.text(visit.env.library.phrases.org_name)
    values: dict[str, Value] = {"org_name": org_name, "date": _ends(visit, case)}
    words = tuple(tongue.phrase("w_card", values).split("\n\n"))
    ways = _ways(visit, case)
    typed = str(ways["bot"]), str(ways["digits"])
    return InvitationCard(link, words, mark, tongue.code, tongue.right_to_left, *typed)


def _ways(visit: Context, case: Case) -> dict[str, Value]:
    """What can be typed instead of the link, and until when either works."""
    bot, digits = f"@{visit.env.address.username}", card_digits.grouped(case.code or "")
    return {"bot": bot, "digits": digits, "date": _ends(visit, case)}


def _ends(visit: Context, case: Case) -> dt.date:
    return case.expires_at.astimezone(_zone(visit)).date()


def _today(visit: Context) -> dt.date:
    return visit.now.astimezone(_zone(visit)).date()


def _zone(visit: Context) -> ZoneInfo:
    return ZoneInfo(visit.worker.timezone if visit.worker else visit.env.zone)
