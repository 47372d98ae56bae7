"""A participant, their phones and three workers, and the model of who may read what."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.conversation.my_data.data_copy import Copies
from bot.messages.reply import DataCopy, Document, VoiceNote
from bot.store.tables.checkin_tables import CheckinRow
from tests.support.worker_scenario import Ear, Office

OWN = "kims own words"
SERVICE = "A room at"


@dataclass
class House:
    """One sequence: the phones, and the model of who may read what Kim said."""

    office: Office
    number: int
    name: str
    kim: Ear
    second: Ear
    new: Ear
    wanda: Ear
    vera: Ear
    lead: Ear
    participant: int
    session: int
    case: int
    secret: str
    story_at: Ear | None = None
    """Where Kim's story is open to whoever holds the phone, and may be shared from."""
    open: bool = True
    shared: str = "only_me"
    """With whom it is shared: "worker:ID", "service" or nobody."""
    owner: int = 0
    """The worker whose case it is now."""
    own_numbers: str = ""
    asked_numbers: tuple[str, object] = ("", None)
    aside: bool = False
    word: str = ""
    gone: bool = False
    done: list[str] = field(default_factory=list)


def kims_phone(house: House) -> Ear | None:
    """The phone at which Kim's story is the one that is talked to, if any."""
    return None if house.aside or house.gone else house.story_at


async def checked(house: House) -> None:
    """What every phone was shown since is what it may be shown."""
    office = house.office
    for phone in (house.kim, house.new, house.second, house.wanda, house.vera, house.lead):
        shown = [f"{m.text}\n" + "\n".join(k.label for k in m.choices) for m in phone.messages]
        for message in phone.messages:
            if isinstance(message.attachment, DataCopy):
                made = await Copies(office.store, office.env, office.time).make(message.attachment)
                shown.append((made or b"").decode())
            elif isinstance(message.attachment, Document):
                shown += [line.words for line in message.attachment.lines]
            assert not isinstance(message.attachment, VoiceNote)
        for text in shown:
            if house.secret in text:
                assert await may_read(house, phone), (house.done, text)
            if phone in (house.kim, house.new, house.second) and not _may_see_names(house, phone):
                for name in (SERVICE, house.name, "Wanda", "Vera"):
                    assert name not in text, (house.done, text)
        phone.messages = []


def _may_see_names(house: House, phone: Ear) -> bool:
    return phone is kims_phone(house) and house.open


async def may_read(house: House, phone: Ear) -> bool:
    """Whether this phone may be shown what Kim said, as the model has it."""
    if phone is kims_phone(house):
        return house.open
    if phone not in (house.wanda, house.vera, house.lead) or house.gone:
        return False
    number = await house.office.number(phone)
    return house.shared == f"worker:{number}" and house.owner == number


async def the_service_counts_only_what_it_may(house: House) -> None:
    """The report and the export open her words if, and only if, they are shared with them."""
    async with house.office.store.reporting() as reporting:
        people = [p async for page in reporting.people([house.participant]) for p in page]
    words = [s.words or "" for p in people for c in p.checkins for s in c.said]
    told = any(house.secret in each for each in words)
    assert told is (house.shared == "service" and not house.gone), house.done


async def houses(office: Office, number: int, first: int) -> list[House]:
    """So many people who came by a worker's link and said all of BEFORE, for nobody."""
    wanda, vera = await office.worker("Wanda"), await office.worker("Vera")
    lead = await office.worker("Lea", lead=True)
    names = [f"KIT{first + n}X" for n in range(number)]
    texts = [f"{OWN} {first + n}Z" for n in range(number)]
    phones = await office.all_of_before(wanda, names, texts)
    owner = await office.number(wanda)
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load([p.chat for p in phones])
        cases = {c.participant_id: c for p in people.values() for c in p.cases}
    sessions = {row.participant_id: row.id for row in await office.rows(CheckinRow)}
    made = []
    for n, phone in enumerate(phones):
        kim = people[phone.chat].id
        made.append(
            House(
                office=office,
                number=n,
                name=names[n],
                kim=phone,
                second=office.phone(),
                new=office.phone(),
                wanda=wanda,
                vera=vera,
                lead=lead,
                participant=kim,
                session=sessions[kim],
                case=cases[kim].id,
                secret=texts[n],
                story_at=phone,
                owner=owner,
            )
        )
    return made
