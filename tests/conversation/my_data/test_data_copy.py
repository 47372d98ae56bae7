"""A copy of everything: made when it is sent, whole, in the person's language, and only for them.

How an answer is changed is in `test_changing`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.my_data.data_copy import Copies
from bot.dispatch.dispatcher import Dispatcher
from bot.i18n.localizer import Languages, Localizer
from bot.messages.callback_data import to_base36
from bot.messages.incoming import Command, VoiceMessage
from bot.messages.reply import DataCopy
from bot.messages.splitting import LONGEST
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import everything
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import Ear, Office, an_office

ODD = '</p><script>alert(1)</script> & \u202e \U0001f600 اريد "غرفة" { worker }'
LONG = "the stairs are loud " * 500


async def files(office: Office, phone: Ear) -> dict[str, str]:
    """What the two files hold that somebody was just given."""
    copies = Copies(office.store, office.env, office.time)
    wanted = [m.attachment for m in phone.messages if isinstance(m.attachment, DataCopy)]
    assert [c.kind for c in wanted] == ["page", "data"]
    made = {copy.kind: await copies.make(copy) for copy in wanted}
    return {kind: file.decode() for kind, file in made.items() if file}


async def test_it_holds_everything_and_is_whole(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim, lee = await office.joined(sam), await office.joined(sam, "Lee")
        await office.before(lee, words="words of somebody else")
        await office.say(kim, ODD)
        await office.act([(kim, VoiceMessage({"file_id": "v"}))])
        await office.say(kim, LONG)
        for choice in ("not_sure", "skip", "worker", "agree", "hard"):
            await office.all([kim], choice)
        await office.say(kim, "fewer of them")
        case = await office.case()
        session = next(s.id for s in await office.sessions() if s.case_id == case)
        await office.does(sam, "read", case, to_base36(session))
        await office.does(sam, "record", case, "left")
        await office.does(sam, "record", case, "add.left")
        await office.say(sam, "a word of the service alone")
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "unhappy")
        await office.say(kim, "nobody rang back")
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "copy")
        found = await files(office, kim)
        data = json.loads(found["data"])
        (check_in,) = data["check_ins"]
        said = {a["question"]: a for a in check_in["answers"]}
        assert said["b1"]["words"] == ODD
        assert said["b3"]["words"].strip() == LONG.strip()
        assert said["b2"]["voice_notes"] == 1
        assert [said[s]["state"] for s in ("first", "strength")] == ["not_sure", "skipped"]
        assert said["felt_more"]["words"] == "fewer of them"
        assert check_in["worker_who_may_read"] == "Sam"
        assert [c["to"] for c in data["consents"]] == ["keep", "message"]
        keep, message = (c["words_shown"] for c in data["consents"])
        assert "I have a few short questions from Aspen House." in keep
        assert "Is it OK for Aspen House to keep what you tell me?" in keep
        assert "May I write to you again later?" in message
        assert [r["worker"] for r in data["read_by"]] == ["Sam"]
        assert data["workers"][0]["outcomes_recorded"][0]["outcome"] == "left"
        assert data["complaints"][0]["words"] == "nobody rang back"
        assert data["settings"]["keep_months"] == 12
        page = Page(found["page"])
        assert page.attributes["html"] == {"lang": "en-GB", "dir": "ltr"}
        for words in (ODD.split(" & ")[1][4:], LONG.strip(), "Sam", "nobody rang back", "Not sure"):
            assert words in page.text
        assert "script" not in page.tags
        for file in found.values():
            for no in ("words of somebody else", "Lee", "a word of the service alone"):
                assert no not in file


class Page(HTMLParser):
    """A page as a browser takes it; every tag that was opened is closed again."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags = "", list[str]()
        self.attributes: dict[str, dict[str, Any]] = {}
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.setdefault(tag, dict(attrs))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_bytes_are_never_kept_and_never_come_after_a_deletion(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/mydata")
    await sam.taps("Give me a copy")
    documents = [f for f in telegram.files.values() if f.data.startswith((b"<!doctype", b"{"))]
    assert len(documents) == 2, sam.transcript()
    assert any(b"Somewhere safe" in f.data for f in documents)
    assert not sam.last.protected, "it is for taking elsewhere"
    assert b"<!doctype" not in await everything(running.bot.store)
    await sam.says("/mydata")
    give = sam.last
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    sent = len(telegram.files)
    sam.tap_old(give, "Give me a copy")
    await running.quiet()
    assert len(telegram.files) == sent
    (row,) = await running.rows(ParticipantRow)
    copies = Copies(running.bot.store, running.bot.env, time)
    assert await copies.make(DataCopy(row.id, "page", "en")) is None
    assert await copies.make(DataCopy(1, "page", "en")) is None
    assert await running.rows(OutboxRow) == []


async def test_on_a_phone_that_others_see_it_asks_first(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me")
        await office.aside(kim, "safety", "shared")
        for answer in ("no", "yes"):
            await office.act([(kim, Command("mydata"))])
            await office.all([kim], "copy")
            assert kim.said == office.words("copy_ask")
            await office.all([kim], answer)
            assert bool([m for m in kim.messages if m.attachment]) is (answer == "yes")


async def test_my_data_is_shown_whole_in_as_many_messages_as_it_takes(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        for words in (LONG, "short", "\U0001f600" * 3_000):
            await office.say(kim, words)
        await office.act([(kim, Command("mydata"))])
        whole = "".join(m.text for m in kim.messages).replace(" ", "")
        assert LONG.replace(" ", "") in whole
        assert "\U0001f600" * 3_000 in whole
        assert all(len(m.text.encode("utf-16-le")) // 2 <= LONGEST for m in kim.messages)
        assert all(m.protect_content for m in kim.messages)
        assert [bool(m.choices) for m in kim.messages] == [False] * (len(kim.messages) - 1) + [True]


@pytest.mark.parametrize("language", ["ar", "zh_hans"])
async def test_it_is_in_their_language(language: str, time: Time, tmp_path: Path) -> None:
    async with an_office(f"sqlite:///{tmp_path / 'c.db'}", time) as office:
        # Without its catalogue: which way it goes is the language's own, not the translator's.
        localizer = Localizer(language, office.env.library.phrases)
        office.env = replace(office.env, languages=Languages([localizer]))
        office.dispatcher = Dispatcher(office.store, office.env, time)
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me", ODD)
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "copy")
        page = Page((await files(office, kim))["page"])
        assert page.attributes["html"]["dir"] == ("rtl" if language == "ar" else "ltr")
        assert page.attributes["html"]["lang"].startswith(language[:2])
        assert page.attributes["blockquote"]["dir"] == "auto"
        first = office.env.library.current["before"].by_id["b1"]
        assert localizer.question(first.heading) in page.text
