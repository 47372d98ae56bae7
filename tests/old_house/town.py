# mypy: ignore-errors
"""The people of the fixture and what they did. Only for `make.py`: see README.md, never changed.

It is driven from outside, as people do it: words and taps on phones.
"""

from __future__ import annotations

import datetime as dt
import re

from bot.conversation import lifecycle
from bot.followups import planned
from bot.workers.tokens import WORKS_FOR, new_token
from tests.old_house.play import choose
from tests.people import say, tap

ALONE, SHARED = "No, just me", "Yes, sometimes"
LINK = re.compile(r"start=([\w-]+)")
DAY = dt.datetime(2026, 11, 8, 12, 0, tzinfo=dt.UTC)


class Town:
    """Everybody, by first name."""

    def __init__(self, telegram, running, clock):
        self.telegram, self.running, self.clock = telegram, running, clock
        self.people, self.secrets = {}, {}

    def person(self, name, **more):
        self.people[name] = self.telegram.person(name, **more)
        return self.people[name]

    async def does(self, name, *acts):
        """Taps labels; what begins with "> " is said, with "* " chosen by its data's parts."""
        person = self.people[name]
        for act in acts:
            if act.startswith("> "):
                await say(person, self.running, act[2:])
            elif act.startswith("* "):
                choose(person, *act[2:].split())
                await self.running.quiet()
            elif act == "voice":
                person.voice()
                await self.running.quiet()
            else:
                await tap(person, self.running, act)

    async def agrees(self, name, phone=ALONE, *, token="", age="18 or over", new=True):
        person = self.person(name) if new else self.people[name]
        person.start(token)
        await self.running.quiet()
        if not new:
            choose(person, "new")
            await self.running.quiet()
        way = ("Tell me more", age, "Next", "Safety first", phone, "Yes, keep my answers", "Yes")
        await self.does(name, *way)
        return person

    async def before(self, name, sharing="Only me", *, voice=False):
        await self.does(name, "Start", "> Somewhere safe, and quiet", "Drink or drugs", "Done")
        await self.does(name, "> I would sleep the whole night", "Not sure")
        await self.does(name, "voice" if voice else "> my sister", "Yes", sharing, "OK")

    async def invite(self, name, *, lead=False):
        token, now = new_token(), self.clock()
        async with self.running.bot.store.begin() as batch:
            await batch.caseload.make_invite(
                token, name, lead=lead, now=now, expires_at=now + WORKS_FOR
            )
        return token

    async def worker(self, name, *, lead=False):
        person = self.person(name)
        person.start(await self.invite(name, lead=lead))
        await self.running.quiet()

    async def link(self, worker, name):
        await self.does(worker, f"> /new {name}", "> A room at Aspen House", "* lang any")
        texts = [b.text for b in self.people[worker].chat[-4:] if b.from_bot]
        return next(m.group(1) for m in map(LINK.search, texts) if m)

    async def joins(self, worker, name, phone=ALONE):
        token = await self.link(worker, name)
        await self.agrees(name, phone, token=token)

    async def one(self, worker, name):
        """Opens the page of one of a worker's people."""
        await self.does(worker, "> /people")
        label = next(
            each
            for row in self.people[worker].last.buttons
            for each in row
            if each.startswith(f"{name}:")
        )
        await self.does(worker, label)

    async def hands(self, worker):
        """The buttons of workers to hand somebody over to."""
        await self.does(worker, "* hand")
        label = {d: name for name, d in self.people[worker].last.data.items()}
        return [data for data, name in label.items() if name == "Rex"]

    async def pass_to(self, day, hour, minute=0):
        self.clock.now = dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)

    # --- two weeks ago -----------------------------------------------------------------------

    async def two_weeks_ago(self):
        for name in ("Hana", "Amy"):
            await self.agrees(name)
            await self.before(name)
        await self.pass_to(9, 12)
        await self.worker("Lea", lead=True)
        await self.worker("Wim")
        await self.worker("Rex")
        await self.does("Lea", "Workers", "Invite a worker", "> Noor")
        await self.does("Lea", "* crew", "* did", "> The lights in the stairs are new.")
        await self.does("Lea", "* tell")
        await self.does("Wim", "* morning on")
        await self.joins("Wim", "Kim")
        await self.before("Kim", "Wim")
        await self.agrees("Dora")
        await self.before("Dora", voice=True)
        await self.agrees("Stan")
        await self.before("Stan", "The service, without my name")
        await self.does("Stan", "> stop", "Keep them")
        await self.agrees("Paul")
        await self.before("Paul")
        await self.does("Paul", "> /times", "Mornings", "> /pause", "4 weeks")
        await self.agrees("Quinn")
        await self.before("Quinn")
        for name in ("Dele", "Gone", "Tess", "Anna", "Cora", "Finn", "Late", "Later", "Moe"):
            await self.agrees(name)
            await self.before(name)
        await self.agrees("Teen", age="13 to 17")
        await self.agrees("Flat", SHARED)  # the first of two on one phone: Ina
        await self.before("Flat")
        await self.does("Flat", "> /start", "* other_person new")
        way = ("Tell me more", "18 or over", "Next", "Safety first", SHARED)
        await self.does("Flat", *way, "Yes, keep my answers", "Yes")
        await self.does("Flat", "> hedgehog")
        await self.does("Flat", "* safety_shared carry_on")

    # --- some days ago -----------------------------------------------------------------------

    async def some_days_ago(self):
        for name, phone in (
            ("Hal", ALONE), ("Yoa", SHARED), ("Lin", SHARED), ("Who", SHARED), ("Hold", SHARED),
            ("Put", SHARED), ("End", SHARED), ("Ben", ALONE),
        ):  # fmt: skip
            await self.agrees(name, phone)
            await self.does(name, "Start", "> Somewhere safe, and quiet")
        await self.does("Hold", "> /mydata", "My phone", "* safety_first line", "* first_line free")
        ben = await self.link("Wim", "Ben")
        self.people["Ben"].start(ben)
        await self.running.quiet()
        await self.does("Ben", "* other_person same")
        await self.worker("Fred")
        await self.does("Lea", "* crew", "Fred: 0 of 0 joined", "* fire", "* remove")
        await self.agrees("Noa")
        await self.does("Noa", "Start", "Not now", "Next week")
        await self.one("Wim", "Kim")
        await self.does("Wim", "Read what they shared", "* read")
        await self.one("Wim", "Kim")
        await self.does("Wim", "Record how it ended", "In part", "Add a few words")
        await self.does("Wim", "> they moved out well")
        await self.one("Wim", "Kim")
        await self.does("Wim", "Service started", "Today")
        self.person("Forger")
        self.people["Forger"].tap_data("k:read:5:zz")
        await self.running.quiet()
        self.person("Guess").start()
        await self.running.quiet()
        await self.does("Guess", "* came_back ask", "> 111 222 333 444 555")
        group = self.telegram.group("Friends")
        group.add_bot()
        await self.running.quiet()

    # --- today -------------------------------------------------------------------------------

    async def today(self):  # noqa: PLR0915 - one thing after another
        people = self.people
        await self.agrees("Ray")
        await self.does("Ray", "> /delete", "Yes, delete them")
        await self.pass_to(23, 9, 51)
        await self.running.tick()
        await self.does("Hana", "* hello open", ALONE, "* start", "* some", "> I slept")
        await self.does("Yoa", "Yes")  # under the hello: is it you?
        await self.does("Lin", "> who is this")
        await self.does("Put", "Later", "> are you there")
        await self.does("End", "> no")
        self.person("Olga").start()
        await self.running.quiet()
        await self.does("Olga", "Tell me more", "18 or over", "Next")
        self.person("Nope").start()
        await self.running.quiet()
        await self.does("Nope", "Tell me more", "> stop")
        # What their next words mean
        await self.does("Anna", "> /mydata", "Change an answer", "* change_which b1")
        await self.does("Cora", "> /mydata", "I am not happy about this", "> nobody came")
        await self.does("Cora", "> /mydata", "I am not happy about this", "voice")
        await self.does("Cora", "> /mydata", "I am not happy about this")
        await self.agrees("Word")
        await self.does("Word", "Start", "> /mydata", "My phone")
        await self.does("Word", "* safety_first word")
        await self.agrees("Pia")
        await self.does("Pia", "Start", "> /language", "Polski", "* draft wrong", "> brzmi dziwnie")
        await self.does("Pia", "> /language", "* language pl", "* draft wrong")
        await self.agrees("Dan")
        await self.does("Dan", "Start", "> I want to kill myself")
        await self.agrees("Cap")
        await self.does("Cap", "Start")
        people["Cap"].voice(caption="I want to kill myself")
        await self.running.quiet()
        await self.agrees("Dawn")
        await self.before("Dawn")
        await self.does("Dawn", "> /mydata", "Change an answer", "* change_which b1")
        await self.does("Dawn", "> I want to kill myself")
        # In the middle of AFTER, and a number for another phone
        await self.joins("Rex", "Rita")
        await self.before("Rita", "Rex")
        await self.one("Rex", "Rita")
        await self.does("Rex", "They have a new phone")
        await self.does("Tess", "> /mydata", "My phone", "* safety_first move")
        self.secrets["numbers"] = numbers_in(people["Tess"])
        await self.does("Moe", "> /mydata", "My phone", "* safety_first move")
        self.person("New Moe").start()
        await self.running.quiet()
        await self.does("New Moe", "* came_back ask", "> " + numbers_in(people["Moe"]))
        await self.one("Wim", "Kim")
        await self.does("Wim", "* after", "* after.week")
        await self.joins("Wim", "Hugo")
        await self.before("Hugo", "Wim")
        await self.one("Wim", "Hugo")
        rex = next(data.split(":")[3] for data in await self.hands("Wim") if data.split(":")[3])
        await self.does("Wim", f"* hand {rex}")
        await self.does("Kim", "> help", "Ask someone to contact me")
        await self.does("Dele", "> /delete", "Yes, delete them")
        await self.does("Gone", "> /delete", "Yes, delete them")
        # Workers in the middle of something
        for name in ("Names", "Service", "Lang", "Find", "Invite", "Did", "Tell"):
            await self.worker(name, lead=name in ("Invite", "Did", "Tell"))
        await self.does("Names", "> /new")
        await self.link("Service", "Max")
        await self.does("Service", "> /new Sal\nSue")
        await self.does("Lang", "> /new Lou\nLux", "> A room")
        await self.link("Find", "Fay")
        await self.does("Find", "> /people", "Find a name")
        await self.does("Invite", "* crew", "* invite")
        await self.does("Did", "* crew", "* did")
        await self.does("Tell", "* crew", "* did", "> The door is mended.")
        for name in ("Rename", "Rec", "AskOn", "Dated"):
            await self.worker(name)
            await self.joins(name, f"Of{name}")
            if name == "AskOn":
                await self.before("OfAskOn")
            await self.one(name, f"Of{name}")
        await self.does("Rename", "* rename")
        await self.does("Rec", "* record", "* left", "* add.left")
        await self.does("AskOn", "* after", "* after.date")
        await self.does("Dated", "* began", "* date")
        self.secrets["unused"] = await self.link("Wim", "Una")
        self.secrets["invite"] = await self.invite("Nils")

    async def states(self):
        """What only time or a fault would bring about."""
        now, store = self.clock(), self.running.bot.store
        async with store.begin() as batch:
            chat = self.people["Quinn"].chat_id
            quinn = (await batch.load([chat]))[chat]
            quinn.unanswered = 2
            batch.changed(quinn)
            assert lifecycle.move(batch, quinn, "fall_silent", now)
        async with store.begin() as batch:
            chat, plan = self.people["Ben"].chat_id, self.running.bot.around.plan
            ben = (await batch.load([chat]))[chat]
            due = now + dt.timedelta(hours=4)
            batch.plan([planned.asked(plan, ben, "ask_before", ben.cases[0].id, None, due, 5, now)])
        async with store.begin() as batch:
            await batch.caseload.add_service("A room at Aspen House")


def numbers_in(person):
    """The numbers for another phone that were just shown."""
    texts = [b.text for b in person.chat[-3:] if b.from_bot]
    found = re.findall(r"^\d{3}(?: \d{3}){4}$", "\n".join(texts), re.MULTILINE)
    return found[-1]
