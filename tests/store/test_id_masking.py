"""Numbers in buttons: a permutation with a key, and no number of a row on anybody's phone.

What a button does is tested elsewhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.callback_data import (
    LONGEST_DATA,
    PhraseButton,
    QuestionButton,
    WorkerButton,
    changed,
    parse,
)
from bot.store.crypto.id_masking import IdMask
from bot.store.tables import Base
from tests.conftest import Time
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram
from tests.workers.test_shown_messages import shared_with, worker

NUMBERS = st.integers(0, 2**62 - 1)
MASKS, OTHERS = IdMask(b"k" * 32), IdMask(b"o" * 32)
SLUGS = st.text("abcdefghijklmnopqrstuvwxyz_0123456789+.", max_size=18)


@given(NUMBERS)
def test_what_is_hidden_is_shown_again_and_only_with_its_key(number: int) -> None:
    hidden = MASKS.mask(number)
    assert MASKS.unmask(hidden) == number
    assert 0 <= hidden < 2**62
    if number:
        assert hidden != number
        assert OTHERS.mask(number) != hidden


@given(st.lists(NUMBERS, unique=True, max_size=50))
def test_no_two_numbers_become_one(numbers: list[int]) -> None:
    assert len({MASKS.mask(n) for n in numbers}) == len(numbers)


@given(NUMBERS, NUMBERS, SLUGS, SLUGS, st.integers(0, 999))
def test_a_button_is_what_it_was(a: int, b: int, slug: str, choice: str, turn: int) -> None:
    work = WorkerButton("read", a, WorkerButton("", b).encode().split(":")[2])
    for button in (QuestionButton(a, slug, turn, choice), PhraseButton(slug, choice, a), work):
        data = button.encode()
        hidden = changed(data, MASKS.mask, hide=True)
        assert len(hidden) <= max(LONGEST_DATA, len(data))
        assert changed(hidden, MASKS.unmask, hide=False) == data
        # One from before numbers were hidden still does what it did.
        assert changed(data, MASKS.unmask, hide=False) == data


@given(st.text(max_size=80))
def test_what_is_none_of_ours_stays_as_it_is(data: str) -> None:
    hidden = changed(data, MASKS.mask, hide=True)
    assert hidden == data or data[:1] in "qpk"
    shown = changed(data, MASKS.unmask, hide=False)
    assert shown == data or data[:1] in "QPK"


async def test_no_number_of_a_row_stands_in_a_button(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    sam = await shared_with(telegram, running, wanda)
    await wanda.says("/people")
    await wanda.taps(next(label for label in wanda.last.data if label.startswith("Kim")))
    await wanda.taps("Read what they shared")
    for words in ("/mydata", "/start", "/times", "/delete"):
        await sam.says(words)
    time.pass_(days=14)
    await running.tick()
    assert "OK time" in sam.last.text
    ids: set[int] = set()
    async with running.bot.store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.primary_key.columns:
                if isinstance(column.type, sa.BigInteger) or column.name == "id":
                    found = (await connection.execute(sa.select(column))).scalars()
                    ids |= {int(n) for n in found if isinstance(n, int) and n > 10**9}
    assert len(ids) > 5
    carried: set[int] = set()
    for chat in (sam, wanda):
        for bubble in telegram.sent_to(chat.chat_id):
            for data in bubble.data.values():
                button = parse(data)
                if isinstance(button, QuestionButton):
                    carried.add(button.session)
                elif isinstance(button, PhraseButton | WorkerButton):
                    carried.add(button.about)
    assert len(carried) > 3
    assert carried & ids == set()
