"""Reading: only what was shared with this very worker, each reading written down, all of it whole.

Who may press the button at all is in `test_worker_law`.
"""

from __future__ import annotations

from bot.conversation.identity.move_phone import digits_in
from bot.messages.callback_data import to_base36
from bot.messages.incoming import Command, VoiceMessage
from bot.messages.reply import VoiceNote
from bot.messages.splitting import LONGEST, split_text
from bot.store.tables.checkin_tables import CheckinRow, VoiceRow
from bot.store.tables.worker_tables import ReadRow
from tests.conftest import Time
from tests.support.worker_scenario import (
    WORDS,
    Ear,
    Office,
    all_tables,
    an_office,
    refusing,
    waiting,
)

SECRET = "the stairs are loud at night"


async def may_read(office: Office, worker: Ear, name: str = "Kim") -> bool:
    """Whether a worker can read the newest check-in of somebody: listed and opened agree."""
    case = await office.case(name)
    session = (await office.sessions())[-1].id
    await office.does(worker, "shared", case)
    listed = any(b.verb == "read" for b in worker.work) and worker.said != office.words(
        "w_shared_none", name=name
    )
    before = await office.count(ReadRow)
    await office.does(worker, "read", case, to_base36(session))
    opened = SECRET in worker.said
    assert opened is listed
    assert await office.count(ReadRow) == before + opened
    assert all(m.protect_content for m in worker.messages if SECRET in m.text)
    return opened


async def test_only_what_was_shared_with_the_worker(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        for sharing in ("worker", "service", "only_me"):
            kim = await office.joined(sam, sharing)
            assert not await may_read(office, sam, sharing)
            await office.before(kim, sharing)
            assert await may_read(office, sam, sharing) is (sharing == "worker")


async def test_who_may_read_changes_at_once(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim, "only_me")
        for choice in ("worker", "service", "worker", "only_me", "worker"):
            await share(office, kim, choice)
            assert await may_read(office, sam) is (choice == "worker")
            await office.aside(kim, "mydata", "share")
            who = {"worker": "Sam"}.get(choice) or office.label("share", choice)
            assert who in kim.keys[0].label


async def share(office: Office, kim: Ear, choice: str) -> None:
    """Changes who may read, as a person does it in /mydata."""
    await office.act([(kim, Command("mydata"))])
    await office.all([kim], "share")
    await office.all([kim], "s")
    (button,) = [o for o in kim.offered if o.partition(".")[0] == choice]
    await office.all([kim], button)
    # Who has read it until now is said where it is taken back.
    assert kim.said.startswith(office.words("changed"))
    assert ("read it on" in kim.said) <= (choice != "worker")


async def test_the_person_sees_who_read_what_and_when(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        await office.aside(kim, "mydata", "readers")
        assert kim.said == office.words("readers_none")
        moments = []
        for _ in range(2):
            time.pass_(hours=1)
            assert await may_read(office, sam)
            moments.append(office.moment(time()))
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "readers")
        lines = kim.messages[-1].text.splitlines()
        wanted = [office.label("readers", "before", worker_name="Sam", when=w) for w in moments]
        assert lines == wanted[::-1]


async def test_a_reading_that_cannot_be_written_down_shows_nothing(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        session, case = (await office.sessions())[-1].id, await office.case()
        async with refusing(office, "reads"):
            await office.does(sam, "read", case, to_base36(session))
        assert sam.said == office.words("set_aside")
        assert SECRET not in sam.said
        assert await may_read(office, sam)


async def test_handing_over_is_asked_of_the_person(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali, lou = [await office.worker(name) for name in ("Sam", "Ali", "Lou")]
        kim = await office.joined(sam)
        await office.before(kim)
        case = await office.case()
        await office.does(sam, "hand", case, str(await office.number(ali)))
        assert not await may_read(office, ali)
        await office.does(sam, "shared", case)
        assert sam.toasts[-1] == office.words("stale")
        await office.tick()
        await office.all([kim], "open")
        asked = office.words("new_worker", worker_name="Ali")
        assert kim.messages[-1].text == asked
        yes = kim.press(next(o for o in kim.offered if o.startswith("agree")))
        # Before they say it, the person has another worker still: this yes was not for them.
        await office.does(ali, "hand", case, str(await office.number(lou)))
        await office.act([(kim, yes)])
        assert kim.toasts[-1] == office.words("stale")
        assert not await may_read(office, lou)
        time.pass_(hours=4)
        await office.tick()
        await office.all([kim], "open")
        await office.all([kim], next(o for o in kim.offered if o.startswith("agree")))
        assert await may_read(office, lou)
        await office.does(lou, "hand", case, str(await office.number(ali)))
        time.pass_(hours=4)
        await office.tick()
        await office.all([kim], "open")
        await office.all([kim], next(o for o in kim.offered if o.startswith("disagree")))
        assert not await may_read(office, ali)
        await office.does(ali, "hand", case, str(await office.number(lou)))
        assert not await may_read(office, lou)


async def test_an_old_name_under_who_may_read_is_no_yes_to_a_new_one(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam)
        await office.before(kim, "only_me")
        await office.aside(kim, "mydata", "share")
        await office.all([kim], "s")
        old = kim.press(next(o for o in kim.offered if o.startswith("worker")))
        await office.does(sam, "hand", await office.case(), str(await office.number(ali)))
        await office.act([(kim, old)])
        assert kim.toasts[-1] == office.words("stale")
        assert not await may_read(office, ali)


async def test_withdrawn_stays_withdrawn_over_a_stop(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        for text in (WORDS, WORDS, WORDS):
            await office.say(kim, text)
        await office.all([kim], "n")
        await office.say(kim, WORDS)
        for choice in ("worker", "agree"):
            await office.all([kim], choice)
        assert waiting(kim) == "felt"
        await share(office, kim, "only_me")  # also while its last question waits
        assert not await may_read(office, sam)
        await share(office, kim, "worker")
        await office.say(kim, "stop")
        await office.aside(kim, "mydata", "share")
        await share(office, kim, "only_me")
        time.pass_(days=1)
        await office.agree([kim])
        assert not await may_read(office, sam)
        await office.all([kim], "fine")
        assert not await may_read(office, sam)
        assert (await office.sessions())[-1].sharing == "only_me"


async def test_voice_notes_come_as_voice_and_long_words_whole(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        long = ("😀" * 40 + " { worker } <b>ä</b> " + "x" * 57) * 30
        await office.say(kim, long)
        await office.act([(kim, VoiceMessage({"file_id": "voice-7"}))])
        while waiting(kim) != "strength":
            await office.say(kim, WORDS) if "n" not in kim.offered else await office.all([kim], "n")
        await office.say(kim, WORDS)
        for choice in ("worker", "agree", "fine"):
            await office.all([kim], choice)
        case, session = await office.case(), (await office.sessions())[-1].id
        await office.does(sam, "read", case, to_base36(session))
        voices = [m for m in sam.messages if isinstance(m.attachment, VoiceNote)]
        (note,) = await office.rows(VoiceRow)
        assert [v.attachment for v in voices] == [VoiceNote("voice-7", note.id)]
        assert all(v.protect_content for v in voices)
        whole = "".join(m.text for m in sam.messages if m.protect_content).replace(" ", "")
        assert long.replace(" ", "") in whole
        assert all(len(m.text.encode("utf-16-le")) // 2 <= 4096 for m in sam.messages)


def test_pieces_lose_nothing_but_blanks() -> None:
    for words in (
        "a" * 9_000,
        "😀" * 9_000,
        "word " * 3_000,
        " " * 9_000,
        "é " * 50 + "😀" * 5_000,
    ):
        found = list(split_text(words))
        assert "".join(found).replace(" ", "") == words.replace(" ", "")
        assert all(0 < len(p.encode("utf-16-le")) // 2 <= LONGEST and p.strip() for p in found)


async def test_a_name_shown_when_asked_is_the_one_who_may_read(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam)
        for text in (WORDS, WORDS, WORDS):
            await office.say(kim, text)
        await office.all([kim], "n")
        await office.say(kim, WORDS)
        assert kim.keys[0].label == "Sam"
        await office.does(sam, "hand", await office.case(), str(await office.number(ali)))
        await office.all([kim], "worker")
        assert not await may_read(office, ali)


async def test_an_empty_button_is_no_reading(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim, lee = await office.joined(sam), await office.joined(ali, "Lee")
        await office.before(kim)
        await office.before(lee)
        case = await office.case()
        before = await all_tables(office, "updates_seen", "owed")
        lees = next(s.id for s in await office.sessions() if s.case_id != case)
        for how in ("", "0", "zz", to_base36(lees), "-", "²", "1" * 30):
            await office.does(sam, "read", case, how)
            assert SECRET not in sam.said
        assert await all_tables(office, "updates_seen", "owed") == before
        assert await office.count(CheckinRow) == 2


async def test_after_a_move_by_a_worker_nobody_says_that_nobody_has_read_it(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, new = await office.worker("Sam"), office.phone()
        kim = await office.joined(sam)
        await office.before(kim)
        assert await may_read(office, sam)
        await office.does(sam, "phone", await office.case())
        numbers = next(line for line in sam.said.split("\n") if digits_in(line))
        time.pass_(days=1)
        await office.say(new, numbers)
        await office.aside(new, "mydata", "readers")
        assert new.said == office.words("story_closed")
