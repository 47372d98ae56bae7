"""/new: names, service, language, age; then links to hand over, or cards to print.

A link is shown once, because only its hash is stored.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.conversation import typed_choices, worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import AwaitingAge, AwaitingLanguage, AwaitingNames, AwaitingService
from bot.messages import card_digits
from bot.messages.callback_data import WorkerButton
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.parts import ButtonPart
from bot.messages.reply import CardSheet, InvitationCard, QrCode
from bot.store.repositories.work.service_repository import one_name_each
from bot.workers import worker_pending_input
from flows.engine import Value
from flows.engine.normalise import normalise

MOST_NAMES = 50
LONGEST_NAME = 60
LONGEST_SERVICE = 80
_RECENT = 40
_OFFERED = 6
ANY = "any"
_AGES = ("adult", "teen", ANY)


async def start(ctx: Context, worker: Worker, names: str) -> None:
    """Starts with the names given, or asks for them."""
    if names:
        await names_typed(ctx, worker, names)
    else:
        await worker_pending_input.expect(ctx, worker, AwaitingNames())
        worker_pending_input.ask_for(ctx, "w_names")


async def names_typed(ctx: Context, worker: Worker, text: str) -> None:
    """Handles the names, one per line, and asks for the service."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    names = list(dict.fromkeys(line for line in lines if line))
    if not names or len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
        await worker_pending_input.expect(ctx, worker, AwaitingNames())
        worker_pending_input.ask_for(ctx, "w_names_wrong", {"most": MOST_NAMES})
        return
    services = await _services(ctx, worker)
    draft = secrets.randbits(30)
    awaited = AwaitingService(draft, tuple(names), tuple(services))
    await worker_pending_input.expect(ctx, worker, awaited)
    keys = worker_messages.button_rows(
        (service, WorkerButton("service", draft, str(place)))
        for place, service in enumerate(services)
    )
    worker_pending_input.ask_for(ctx, "w_service" if keys else "w_service_first", keys=keys)


async def _services(ctx: Context, worker: Worker) -> list[str]:
    """The services of this worker's newest links, to tap instead of typing them again."""
    cases = await ctx.uow.case_lists.newest(worker.id, _RECENT)
    used = one_name_each((), (c.service for c in cases if c.service))
    newest = dict.fromkeys(used[normalise(c.service)] for c in cases if c.service)
    return list(newest)[:_OFFERED]


async def service_tapped(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Handles a service that was used before."""
    awaited = worker.pending_input
    if not isinstance(awaited, AwaitingService) or awaited.draft != button.about:
        ctx.toast_phrase("stale")
        return
    # ASCII, because "²" is a digit too, and no number.
    place = int(button.how) if button.how.isascii() and button.how.isdigit() else -1
    if 0 <= place < len(awaited.services):
        ctx.choose(awaited.services[place])
        await service_named(ctx, worker, awaited.services[place])
    else:
        ctx.toast_phrase("stale")


async def service_named(ctx: Context, worker: Worker, text: str) -> None:
    """Handles the service, and asks for the language where there are several."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingService)  # noqa: S101 - see `router`
    service = " ".join(text.split())
    if not service or len(service) > LONGEST_SERVICE:
        worker_pending_input.ask_for(ctx, "w_service_wrong")
        return
    service = await ctx.uow.services.known(service)
    draft = AwaitingLanguage(awaited.draft, awaited.names, service)
    if len(ctx.env.languages.codes) == 1:
        await _language_named(ctx, worker, draft, None)
        return
    await worker_pending_input.expect(ctx, worker, draft)
    _ask_language(ctx, draft.draft)


def _ask_language(ctx: Context, draft: int) -> None:
    keys = [
        ButtonPart(name, WorkerButton("lang", draft, code).encode())
        for code, name in ctx.language_names()
    ]
    unknown = worker_messages.worker_button(
        ctx, "w_language", "any", WorkerButton("lang", draft, ANY)
    )
    worker_pending_input.ask_for(ctx, "w_language", keys=[*keys, unknown])


async def language_typed(ctx: Context, worker: Worker, text: str) -> None:
    """Handles a language typed by its name instead of tapped, or asks again."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingLanguage)  # noqa: S101 - see `router`
    named = {normalise(name): code for code, name in ctx.language_names()}
    code = named.get(normalise(text)) or typed_choices.typed_language(ctx, text)
    if code in named.values():
        await _language_named(ctx, worker, awaited, code)
    else:
        _ask_language(ctx, awaited.draft)


async def language_tapped(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Handles the language, and asks for the age of one person."""
    awaited = worker.pending_input
    if not isinstance(awaited, AwaitingLanguage) or awaited.draft != button.about:
        ctx.toast_phrase("stale")
        return
    if button.how not in (*ctx.env.languages.codes, ANY):
        ctx.toast_phrase("stale")
        return
    await _language_named(ctx, worker, awaited, None if button.how == ANY else button.how)


async def _language_named(
    ctx: Context, worker: Worker, draft: AwaitingLanguage, language: str | None
) -> None:
    awaited = AwaitingAge(draft.draft, draft.names, draft.service, language)
    if len(draft.names) > 1:  # of several people not all need be of one age
        await _make(ctx, worker, awaited, ANY)
        return
    await worker_pending_input.expect(ctx, worker, awaited)
    _ask_age(ctx, awaited.draft)


def _ask_age(ctx: Context, draft: int) -> None:
    keys = [
        worker_messages.worker_button(ctx, "w_age", age, WorkerButton("age", draft, age))
        for age in _AGES
    ]
    worker_pending_input.ask_for(ctx, "w_age", keys=keys)


async def age_typed(ctx: Context, worker: Worker, text: str) -> None:
    """Handles an age typed instead of tapped, or asks again."""
    awaited = worker.pending_input
    assert isinstance(awaited, AwaitingAge)  # noqa: S101 - see `router`
    labels = ctx.env.library.phrases["w_age"].choices
    age = typed_choices.typed_choice(ctx, text, labels.items())
    if age is None:
        _ask_age(ctx, awaited.draft)
    else:
        await _make(ctx, worker, awaited, age)


async def age_tapped(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Handles the age, and creates the links."""
    awaited = worker.pending_input
    if (
        not isinstance(awaited, AwaitingAge)
        or awaited.draft != button.about
        or button.how not in _AGES
    ):
        ctx.toast_phrase("stale")
        return
    await _make(ctx, worker, awaited, button.how)


async def _make(ctx: Context, worker: Worker, draft: AwaitingAge, age: str) -> None:
    names = [(name, new_token()) for name in draft.names]
    expires_at = ctx.now + WORKS_FOR
    told_age = None if age == ANY else age
    cases = await ctx.uow.cases.create(
        worker, names, draft.service, draft.language, ctx.now, expires_at, told_age
    )
    await worker_pending_input.expect(ctx, worker)
    links = [ctx.env.address.link(token) for _, token in names]
    show_links(ctx, cases, links)


async def reissue_link(ctx: Context, case: Case) -> None:
    """Creates a new link for a case not joined yet; the old one is dead from now on."""
    token = new_token()
    expires_at: dt.datetime = ctx.now + WORKS_FOR
    await ctx.uow.cases.new_link(case, token, expires_at)
    show_links(ctx, [case], [ctx.env.address.link(token)])


def show_links(ctx: Context, cases: Sequence[Case], links: Sequence[str]) -> None:
    """Shows one link with its QR code and a suggested text, or many on a sheet of cards."""
    if len(cases) == 1:
        case, link = cases[0], links[0]
        values: dict[str, Value] = {"name": case.name, "link": link, **_ways(ctx, case)}
        ctx.say_with_buttons("w_link", (), values, attach=QrCode(link))
        ctx.say("w_say")
        return
    cards = [
        _card(ctx, case, link, str(mark))
        for mark, (case, link) in enumerate(zip(cases, links, strict=True), 1)
    ]
    listed = "\n".join(f"{mark}  {case.name}" for mark, case in enumerate(cases, 1))
    sheet = CardSheet(tuple(cards), ctx.localizer.right_to_left, _today(ctx).isoformat())
    ctx.say_with_buttons("w_cards", (), {"date": _ends(ctx, cases[0])}, attach=sheet)
    ctx.say_lines((listed,))
    ctx.say("w_say")


def _card(ctx: Context, case: Case, link: str, mark: str) -> InvitationCard:
    languages = ctx.env.languages
    localizer = languages[case.language] if case.language in languages.codes else ctx.localizer
    org_name = ctx.env.org_name or localizer.text(ctx.env.library.phrases.org_name)
    values: dict[str, Value] = {"org_name": org_name, "date": _ends(ctx, case)}
    words = tuple(localizer.phrase("w_card", values).split("\n\n"))
    ways = _ways(ctx, case)
    typed = str(ways["bot"]), str(ways["digits"])
    return InvitationCard(link, words, mark, localizer.code, localizer.right_to_left, *typed)


def _ways(ctx: Context, case: Case) -> dict[str, Value]:
    """What can be typed instead of the link, and until when either works."""
    bot, digits = f"@{ctx.env.address.username}", card_digits.grouped(case.code or "")
    return {"bot": bot, "digits": digits, "date": _ends(ctx, case)}


def _ends(ctx: Context, case: Case) -> dt.date:
    return case.expires_at.astimezone(_zone(ctx)).date()


def _today(ctx: Context) -> dt.date:
    return ctx.now.astimezone(_zone(ctx)).date()


def _zone(ctx: Context) -> ZoneInfo:
    return ZoneInfo(ctx.worker.timezone if ctx.worker else ctx.env.zone)
