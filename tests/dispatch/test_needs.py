"""Proves that every button says what it needs, and that a tap without it changes nothing."""

from __future__ import annotations

import pytest

from bot.dispatch.callbacks import PHRASE_BUTTONS
from bot.dispatch.needs import Needs
from bot.workers.permissions import ACTIONS, Permission
from tests.conftest import Time
from tests.support.worker_scenario import Office, all_tables, an_office

ANY_PARTICIPANT = {Needs.PARTICIPANT, Needs.NOT_STOPPED, Needs.STOPPED, Needs.OPEN_CHECKIN}
LACKS = {
    "newcomer": ANY_PARTICIPANT,
    "in a check-in": {Needs.NO_PARTICIPANT, Needs.STOPPED, Needs.OPEN_CHECKIN},
    "stopped": {Needs.NO_PARTICIPANT, Needs.NOT_STOPPED, Needs.OPEN_CHECKIN},
}
"""What each sender has not; an open check-in counts only where the button is about it."""


def test_every_button_says_what_it_needs() -> None:
    assert {action.needs for action in PHRASE_BUTTONS.values()} == {*Needs}
    assert {action.permission for action in ACTIONS.values()} == {*Permission}


@pytest.mark.parametrize("sender", LACKS)
async def test_a_tap_without_it_changes_nothing(database_url: str, time: Time, sender: str) -> None:
    async with an_office(database_url, time) as office:
        phone = office.phone()
        if sender != "newcomer":
            await office.agree([phone])
        if sender == "stopped":
            await office.say(phone, "stop")
        was = await all_tables(office, "updates_seen")
        for phrase in (p for p, action in PHRASE_BUTTONS.items() if action.needs in LACKS[sender]):
            phone.toasts.clear()
            await office.aside(phone, phrase, _a_choice(office, phrase))
            over = sender == "newcomer" and phrase.startswith("deleting")
            assert phone.toasts == [office.words("delete_over" if over else "stale")], phrase
            assert phone.messages == [], phrase
        assert await all_tables(office, "updates_seen") == was


def _a_choice(office: Office, phrase: str) -> str:
    return next(iter(office.env.library.phrases[phrase].choices), "s")
