"""Nobody reads what its person did not share with them at that moment.

Sequences of deeds by a participant, a second person on the phone, their worker with a second
account, another worker and a lead, generated; a model keeps who may read each text at each moment.
`SHARING_LAW=2000 pytest tests/workers/test_sharing.py -s` tries more, `SHARING_SEED` others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable

from bot.conversation.identity.move_phone import digits_in
from bot.messages.callback_data import to_base36
from bot.messages.incoming import ButtonPress, Command, TextMessage
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP
from tests.support.sharing_house import (
    House,
    checked,
    houses,
    kims_phone,
    the_service_counts_only_what_it_may,
)
from tests.support.worker_scenario import Ear, an_office

DEEDS_EACH = 6


Deed = Callable[[House], Awaitable[None]]
LAWS: dict[str, Deed] = {}


def deed(work: Deed) -> Deed:
    """Adds a deed to those there are."""
    LAWS[work.__name__] = work
    return work


# --- sharing -------------------------------------------------------------------------------------


async def _share(house: House, choice: str) -> None:
    office, worker = house.office, house.owner
    wanted = f"worker.{worker}" if choice == "worker" else choice
    for phone in (house.kim, house.second, house.new):
        about = 0 if choice == "only_me" and not house.open else house.session
        await office.aside(phone, "share", wanted, about)
        if phone is not kims_phone(house):
            continue
        if choice == "only_me":
            house.shared = "only_me"
        elif house.open:
            house.shared = f"worker:{worker}" if choice == "worker" else choice


@deed
async def shares_with_worker(house: House) -> None:
    await _share(house, "worker")


@deed
async def shares_with_service(house: House) -> None:
    await _share(house, "service")


@deed
async def shares_with_nobody(house: House) -> None:
    await _share(house, "only_me")


# --- two people on the phone ---------------------------------------------------------------------


@deed
async def somebody_else_begins(house: House) -> None:
    office = house.office
    await office.act([(house.kim, Command("start"))])
    await office.aside(house.kim, "other_person", "new", house.participant)
    for choice in TO_KEEP:
        if choice not in house.kim.offered:
            break
        await office.all([house.kim], choice)
    if house.story_at is house.kim:
        house.aside = True


@deed
async def somebody_claims_it(house: House) -> None:
    office = house.office
    for phrase, choice in (("came_back", "ask"), ("came_back", "none"), ("no_word", "claim")):
        await office.aside(house.kim, phrase, choice)
    for choice in TO_KEEP:
        if choice in house.kim.offered:
            await office.all([house.kim], choice)


@deed
async def chooses_a_word(house: House) -> None:
    phone = kims_phone(house)
    if phone is not None:
        await house.office.aside(phone, "safety_first", "word")
        await house.office.say(phone, "hedgehog one")
        if house.office.words("word_kept") in phone.said:
            house.word = "hedgehog one"


@deed
async def types_a_wrong_word(house: House) -> None:
    await _comes_back(house, house.kim, "badger two")


@deed
async def types_the_right_word(house: House) -> None:
    await _comes_back(house, house.kim, "hedgehog one")
    if house.word and house.aside and house.office.words("story_open") in house.kim.said:
        house.aside = False


async def _comes_back(house: House, phone: Ear, text: str) -> None:
    await house.office.aside(phone, "other_person", "new", house.participant)
    if phone is house.story_at and not house.gone:
        house.aside = True
    await house.office.aside(phone, "came_back", "ask")
    await house.office.say(phone, text)


# --- two phones ----------------------------------------------------------------------------------


@deed
async def gets_numbers(house: House) -> None:
    phone = kims_phone(house)
    if phone is not None:
        await house.office.aside(phone, "safety_first", "move")
        found = [li for li in phone.said.split("\n") if digits_in(li)]
        house.own_numbers, house.asked_numbers = found[0] if found else "", ("", None)


@deed
async def uses_own_numbers(house: House) -> None:
    if not house.own_numbers:
        return
    await _comes_back_on(house, house.new, house.own_numbers)
    if house.office.words("story_open") in house.new.said and not house.gone:
        house.story_at, house.aside, house.own_numbers = house.new, False, ""


async def _comes_back_on(house: House, phone: Ear, text: str) -> None:
    if phone is house.story_at and not house.aside:
        return
    await house.office.aside(phone, "came_back", "ask")
    await house.office.say(phone, text)


@deed
async def a_worker_asks_for_numbers(house: House) -> None:
    worker = house.wanda
    await house.office.does(worker, "phone", house.case)
    found = [li for li in worker.said.split("\n") if digits_in(li)]
    if found:
        house.asked_numbers, house.own_numbers = (found[0], house.office.time.now), ""


@deed
async def the_worker_uses_them_at_once(house: House) -> None:
    numbers, _ = house.asked_numbers
    if numbers:
        await _comes_back_on(house, house.second, numbers)
        assert house.office.words("story_open") not in house.second.said, house.done
        house.office.time.pass_(hours=1)


@deed
async def the_worker_uses_them_after_a_day(house: House) -> None:
    numbers, _ = house.asked_numbers
    house.office.time.pass_(hours=26)
    if numbers and house.story_at is not house.second:
        await _comes_back_on(house, house.second, numbers)
        if house.office.words("story_closed") in house.second.said:
            house.story_at, house.aside, house.open = house.second, False, False
            house.asked_numbers = ("", None)


@deed
async def undoes_the_move(house: House) -> None:
    for phone in (house.kim, house.new, house.second):
        for key in [k.data for m in phone.heard for k in (*m.choices, *m.controls)]:
            if key.startswith("p:moved_away:"):
                await house.office.act([(phone, ButtonPress(key, 1, "1"))])
                if house.office.words("story_closed") in phone.said:
                    house.story_at, house.aside, house.open = phone, False, False


# --- workers -------------------------------------------------------------------------------------


async def _hand(house: House, verb: str, by: Ear, to: Ear) -> None:
    number = await house.office.number(to)
    await house.office.does(by, verb, house.case, str(number))
    rows = await house.office.rows(CaseRow)
    house.owner = next((r.worker_id for r in rows if r.id == house.case), house.owner)


@deed
async def is_handed_over(house: House) -> None:
    await _hand(house, "hand", house.wanda, house.vera)


@deed
async def a_lead_moves_them(house: House) -> None:
    await _hand(house, "move", house.lead, house.lead)


@deed
async def everybody_reads(house: House) -> None:
    office = house.office
    for worker in (house.wanda, house.vera, house.lead, house.second):
        await office.does(worker, "shared", house.case)
        await office.does(worker, "read", house.case, to_base36(house.session))
        await office.does(worker, "beside", house.case)
        await office.does(worker, "one", house.case)


@deed
async def says_yes_to_the_new_worker(house: House) -> None:
    phone = kims_phone(house)
    for each in (house.kim, house.new, house.second):
        await house.office.aside(each, "new_worker", f"agree.{house.owner}", house.case)
    if phone is not None and house.open and house.shared.startswith("worker:"):
        house.shared = f"worker:{house.owner}"


# --- what is held --------------------------------------------------------------------------------


@deed
async def asks_for_everything(house: House) -> None:
    office = house.office
    for phone in (house.kim, house.new, house.second):
        for command in ("mydata", "story"):
            await office.act([(phone, Command(command))])
            await checked(house)
        for choice in ("share", "readers", "change", "copy"):
            await office.aside(phone, "mydata", choice)
            await checked(house)
        await office.aside(phone, "share_pick", "s", house.session)
        await checked(house)
        await office.aside(phone, "copy_ask", "yes")


@deed
async def says_more(house: House) -> None:
    for phone in (house.kim, house.new, house.second):
        await house.office.act([(phone, TextMessage("more words of nobody in particular"))])


@deed
async def deletes_it_all(house: House) -> None:
    phone = kims_phone(house)
    if phone is not None:
        await house.office.aside(phone, "delete_ask", "delete")
        await house.office.deleted()
        house.gone = True


# --- the law --------------------------------------------------------------------------------------


async def test_whatever_six_deeds_nobody_reads_what_is_not_shared_with_them(
    database_url: str, time: Time
) -> None:
    wanted = int(os.environ.get("SHARING_LAW", "60"))
    seed = int(os.environ.get("SHARING_SEED", "1"))
    chance, deeds = random.Random(seed), list(LAWS.values())  # noqa: S311 - the same in every run
    time.pass_(days=1)
    async with an_office(database_url, time) as office:
        for house in await houses(office, wanted, 1):
            for phone in (house.wanda, house.vera, house.lead):
                phone.heard.clear()
            for _ in range(DEEDS_EACH):
                each = chance.choice(deeds)
                house.done.append(each.__name__)
                await each(house)
                await checked(house)
            await asks_for_everything(house)
            await checked(house)
            await everybody_reads(house)
            await checked(house)
            await the_service_counts_only_what_it_may(house)
    print(f"\nsharing law: {wanted} sequences of {DEEDS_EACH} deeds out of {len(deeds)}")  # noqa: T201
