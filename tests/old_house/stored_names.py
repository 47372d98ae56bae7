"""The names that stand in stored bytes, and bytes of every kind, as the product has them."""

from __future__ import annotations

from typing import Any

from bot.domain.lifecycle import MACHINE
from bot.domain.states import CheckinState, FollowUpState, ParticipantState, WorkerState
from bot.messages.callback_data import (
    OnboardingButton,
    PhraseButton,
    QuestionButton,
    WorkerButton,
    changed,
    parse,
)
from bot.store.crypto.system_keys import SYSTEM_KEYS
from bot.store.crypto.vault import DataKey, Vault
from bot.store.maintenance.key_rotation import MARK
from bot.store.tables import Base
from flows.engine import AnswerState
from tests.old_house.play import MASTER
from tests.old_house.product import database_at


def tables() -> dict[str, list[str]]:
    """Every table with its columns, as the program has them."""
    return {t.name: sorted(c.name for c in t.columns) for t in Base.metadata.sorted_tables}


def values() -> dict[str, list[str]]:
    """What stands in columns of a kind."""
    kinds = {
        "participants.state": ParticipantState,
        "sessions.stage": CheckinState,
        "follow_ups.state": FollowUpState,
        "workers.standing": WorkerState,
        "answers.said": AnswerState,
    }
    return {column: sorted(member.value for member in kind) for column, kind in kinds.items()}


def moves() -> set[str]:
    """The names of all moves from one state to another, as the table of moves has them."""
    return set(MACHINE.events)


def key_rows() -> set[str]:
    """The names of rows beside the keys: of the house, and the mark of a rotation under way."""
    return {*SYSTEM_KEYS, MARK}


async def hashes(url: str) -> dict[str, str]:
    """What is looked up by a keyed hash, for one text of each kind, with the fixture's keys."""
    async with database_at(url) as store:
        house = await store.system_keys()
        return {
            "chat": house.chat_hash(4242).hex(),
            "word": house.private_word_hash(17, "hedgehog").hex(),
            "rejoin": house.transfer_code_hash("123456789012345").hex(),
            "link": house.token_hash("AbCdEf").hex(),
            "card": house.card_hash("12345678").hex(),
            "draw": house.keyed_random("lots").hex(),
            "code": house.code_hash("ABC-DEF-GHK").hex(),
        }


def parsed(data: str) -> list[Any] | None:
    """What a button's data means, in neutral words."""
    match parse(data):
        case QuestionButton(session, step, turn, choice):
            return ["question", session, step, turn, choice]
        case OnboardingButton(version, guess, since, path, choice):
            return ["on the way to consent", version, guess, since, path, choice]
        case PhraseButton(phrase, choice, about):
            return ["phrase", phrase, choice, about]
        case WorkerButton(verb, about, how):
            return ["worker", verb, about, how]
    return None


def encoded(meaning: list[Any]) -> str:
    """A button's data again."""
    kind, *parts = meaning
    match kind:
        case "question":
            return QuestionButton(*parts).encode()
        case "on the way to consent":
            return OnboardingButton(*parts).encode()
        case "phrase":
            return PhraseButton(*parts).encode()
        case "worker":
            return WorkerButton(*parts).encode()
    raise AssertionError(kind)


async def shown(url: str, data: list[str]) -> list[str]:
    """Buttons' data with their numbers shown, by the fixture's keys."""
    async with database_at(url) as store:
        return [changed(each, store.unmask, hide=False) for each in data]


def opens(raw: bytes, sealed: bytes, bound: list[Any]) -> bytes:
    """Opens something sealed, by a raw key and the place it is bound to."""
    return DataKey(raw).open(sealed, *bound)


def unwrapped(wrapped: bytes) -> bytes:
    """A raw key of a person or of the house."""
    return Vault([MASTER]).raw(wrapped)[:32]
