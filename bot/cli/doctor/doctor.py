"""Checks everything the bot needs and prints, a line each, what is well and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from bot.cli.doctor import installation, job_status
from bot.cli.doctor.language_status import all_translated
from bot.cli.rotate_keys import counted
from bot.clock import MOST_APART, Clock
from bot.content import helplines
from bot.content.environment import Environment
from bot.content.helplines import HelplineIssue
from bot.content.lock_screen import read_lock_screen
from bot.conversation.my_data.complaints import ACKNOWLEDGE
from bot.jobs.reload_content import MOST_NAMED, refusal_reasons
from bot.languages.environment_loader import load_environment
from bot.settings import Settings
from bot.store.availability import DatabaseUnavailable
from bot.store.crypto.vault import Vault, WrongKey
from bot.store.database import Database
from bot.store.maintenance.key_rotation import RotationTally, tally
from bot.store.migrations import SchemaOutdated
from bot.store.opening import open_store, open_vault, remembered
from bot.store.queries.health import HealthStatus, health_status, verify_keys
from bot.store.repositories.operation.flow_version_repository import versions
from bot.store.repositories.operation.heartbeats import read_beats
from bot.telegram.client import check_token
from flows.engine import BrokenFlow, Flow

WELL, UNWELL = 0, 1
LATE = dt.timedelta(minutes=15)
UNSEEN = dt.timedelta(hours=2)


async def examine(settings: Settings, clock: Clock, tell: Callable[[str], None]) -> int:
    """Prints the results; returns 0 when all is well and 1 when something needs doing.

    Raises:
        BrokenFlow: the questions cannot be used.
    """
    installation.looked_at(settings, tell)
    try:
        memory = await remembered(settings)
        found = load_environment(settings, memory=memory)
    except BrokenFlow:
        tell("questions   cannot be used as they are; a bot that runs keeps those it has")
        raise
    well = installation.place(settings, found, clock(), tell)
    tell(f"questions   ok: {', '.join(found.library.current)}")
    tell(f"languages   {', '.join(found.languages.codes)}")
    well = all_translated(settings, found, memory, tell) and well
    well = _would_be_taken(settings, found, tell) and well
    well = _danger(found, tell) and well
    well = _helplines(found.helplines.issues(clock().date()), tell) and well
    well = await _database(settings, found, clock, tell) and well
    well = await _telegram(settings, clock, tell) and well
    return WELL if well else UNWELL


def _would_be_taken(settings: Settings, found: Environment, tell: Callable[[str], None]) -> bool:
    """Prints whether a running bot would reload these files."""
    reasons = refusal_reasons(settings, found.languages.codes)
    if reasons:
        tell("            a bot that runs keeps those it has until this is put right:")
    for reason in reasons[:MOST_NAMED]:
        tell(f"            {reason}")
    if len(reasons) > MOST_NAMED:
        tell(f"            and {len(reasons) - MOST_NAMED} more: see `checkin flows check`")
    return not reasons


def _danger(found: Environment, tell: Callable[[str], None]) -> bool:
    """Prints whether the bot can ask gently, and what is wrong with the model or its lines."""
    asks = "phrases, and a gentle question" if found.danger_model is not None else "phrases alone"
    tell(f"danger      {asks}")
    for problem in found.danger_problems[:MOST_NAMED]:
        tell(f"            flows/danger/{problem}")
    return not found.danger_problems


async def _not_yet(store: Database, flows: Mapping[str, Flow], tell: Callable[[str], None]) -> None:
    """Prints which files no participant has been asked from yet, where a bot has run before."""
    known = await versions(store)
    fresh = [name for name, f in flows.items() if f.version not in {v.version for v in known}]
    if known and fresh:
        tell(f"            changed, and not yet taken up by a bot: {', '.join(fresh)}")


def _helplines(concerns: Sequence[HelplineIssue], tell: Callable[[str], None]) -> bool:
    """Prints which numbers must be verified again; one that has expired is unhealthy."""
    tell(f"helplines   {helplines.summary(concerns)}")
    for concern in concerns:
        if concern.why != helplines.UNVERIFIED:
            tell(f"            flows/helplines/{concern}")
    if never := [c.id for c in concerns if c.why == helplines.UNVERIFIED]:
        tell(f"            ring, then fill in the dates: {', '.join(never)}")
    return not any(concern.why == helplines.EXPIRED for concern in concerns)


async def _database(
    settings: Settings, found: Environment, clock: Clock, tell: Callable[[str], None]
) -> bool:
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return installation.no_database(settings, tell)
    try:
        store = open_store(settings)
    except WrongKey as error:
        tell(f"keys        {error}")
        return False
    try:
        at, head = await store.revision()
        if at == head:
            tell(f"database    ok: at {at}")
            vault = open_vault(settings)
            await verify_keys(store, vault)
            await _not_yet(store, found.library.current, tell)
            well = _keys(await tally(store, vault), vault, tell)
            well = job_status.told(await read_beats(store), clock(), tell) and well
            return _work(await health_status(store, clock()), clock(), tell) and well
    except DatabaseUnavailable as error:
        tell(f"database    cannot be reached ({error})")
        return False
    except SchemaOutdated as error:
        tell(f"database    {error}")
        return False
    except WrongKey as error:
        tell(f"keys        {error}")
        return False
    finally:
        await store.close()
    if settings.sqlite_file is not None:
        tell(f"database    at {at or 'nothing'}; it brings itself to {head} at the next start")
        return True
    tell(f"database    at {at or 'nothing'}, needs {head}: run `checkin migrate`")
    return False


def _keys(found: RotationTally, vault: Vault, tell: Callable[[str], None]) -> bool:
    """Prints which master key wraps how many keys; one that cannot be unwrapped is unhealthy."""
    tell(f"keys        {counted(found, vault)}")
    if found.total() != found[0] + found[None]:
        tell("            some are on an older key: run `checkin keys rotate`")
    return not found[None]


def _work(found: HealthStatus, now: dt.datetime, tell: Callable[[str], None]) -> bool:
    """Prints the state of the work; what only the bot's downtime explains is unhealthy."""
    tell(f"people      {_numbers(found.people)}")
    tell(f"follow-ups  {_numbers(found.follow_ups)}; {found.due} due, {found.stuck} stuck")
    late = found.oldest_due is not None and now - found.oldest_due > LATE
    if late:
        tell(f"            the oldest has been due since {found.oldest_due}: is the bot running?")
    if found.uncertain:
        ids = ", ".join(str(i) for i in found.uncertain[:10])
        tell(f"            uncertain, never sent again: {ids}")
    waiting = found.oldest_owed is not None and now - found.oldest_owed > LATE
    tell(f"replies     {found.owed} owed" + (f", since {found.oldest_owed}" if waiting else ""))
    for update, error in found.set_aside[:10]:
        tell(f"set aside   update {update}: {error}")
    well = _complaints(found, tell)
    return _crew(found, now, tell) and well and not (late or waiting or found.stuck)


def _complaints(found: HealthStatus, tell: Callable[[str], None]) -> bool:
    """Prints how many complaints are not acknowledged, and by when the first must be."""
    if found.oldest_complaint is None:
        tell("complaints  all acknowledged")
        return True
    due = found.oldest_complaint + ACKNOWLEDGE
    tell(f"complaints  {found.complaints} to acknowledge, the first by {due:%d %B %Y}:")
    tell("            `checkin complaints list`, then `checkin complaints acknowledge CODE`")
    return False


def _crew(found: HealthStatus, now: dt.datetime, tell: Callable[[str], None]) -> bool:
    """Prints the state of the workers' side; an alert that no worker sees is unhealthy."""
    alerts = f"{found.unseen} alerts not seen" + (
        f", since {found.oldest_unseen}" if found.oldest_unseen else ""
    )
    tell(f"workers     {found.workers}, {found.leads} of them leads; {alerts}")
    if found.unreachable:
        which = "see `checkin workers list`"
        tell(f"            {found.unreachable} cannot be reached: {which}")
    if found.workers and found.unreachable == found.workers:
        tell("            nobody who asks for a person can be heard: invite somebody")
    if found.workers and not found.leads:
        tell("            no lead: an alert that a worker does not see goes to nobody else")
    if found.without_worker:
        tell(f"            {found.without_worker} people have no worker: a lead can move them")
    if found.workers and found.unreachable == found.workers:
        return False
    return found.oldest_unseen is None or now - found.oldest_unseen <= UNSEEN


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none"


async def _telegram(settings: Settings, clock: Clock, tell: Callable[[str], None]) -> bool:
    if settings.telegram_token is None:
        return installation.no_token(settings, tell)
    heard: list[dt.datetime] = []
    well, words, names = await check_token(settings, heard.append)
    tell(f"telegram    {words}")
    off = clock() - heard[-1] if heard else dt.timedelta()
    if abs(off) > MOST_APART:
        seconds = round(off.total_seconds())
        tell(f"clock       {seconds} s from Telegram's: set it right; nothing is deleted till then")
        well = False
    revealing = read_lock_screen(settings.flows)
    for name in names:
        # A name is visible to all who see the phone. To change it is a wish, not a fault.
        if found := revealing.find_in_any_language(name):
            tell(f"            the name “{name}” gives away: {', '.join(found)}; see @BotFather")
    return well
