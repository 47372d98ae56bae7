"""A reply comes back from the database as it went, also one of another version."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.participant import ContentOwner
from bot.messages.incoming import ButtonPress
from bot.messages.reply import (
    CardSheet,
    DataCopy,
    InlineButton,
    InvitationCard,
    Message,
    MessageEdit,
    QrCode,
    Reply,
    VoiceNote,
)
from bot.messages.reply_codec import decode, encode

# In the database

texts = st.text(max_size=20)
links = st.builds("https://t.me/{}".format, texts)
cards = st.builds(
    InvitationCard,
    links,
    st.lists(texts, max_size=3).map(tuple),
    st.none() | texts,
    texts,
    st.booleans(),
)
ids = st.integers(-(2**63), 2**63 - 1)  # as wide as a database's
attachments = st.one_of(
    st.none(),
    st.builds(QrCode, links),
    st.builds(CardSheet, st.lists(cards, max_size=3).map(tuple), st.booleans()),
    st.builds(VoiceNote, texts),
    st.builds(DataCopy, ids, texts, texts),
)
keys = st.lists(st.builds(InlineButton, texts, texts), max_size=3).map(tuple)
messages = st.builds(
    Message,
    *(texts, st.none() | texts, keys, keys, st.booleans(), attachments, st.booleans()),
    alert_id=st.none() | ids,
)
replies = st.builds(
    Reply,
    ids,
    ids,
    st.lists(messages, max_size=3).map(tuple),
    button_press=st.none() | st.builds(ButtonPress, texts, st.none() | ids, st.none() | texts),
    toast=st.none() | texts,
    owner=st.none() | st.builds(ContentOwner, ids, st.none() | ids),
    edit_keyboard_only=st.booleans(),
    chosen_label=st.none() | texts,
    session_id=st.none() | ids,
    turn=ids,
    urgent=st.booleans(),
    edit=st.none() | st.builds(MessageEdit, ids, ids, st.booleans()),
)


@given(replies)
def test_a_reply_comes_back_from_the_database_as_it_went(reply: Reply) -> None:
    back = decode(encode(reply))
    assert back == reply
    assert back.urgent == reply.urgent
    assert hash(back.messages) == hash(reply.messages)  # lists would have no hash


@given(replies)
def test_a_reply_owed_by_the_version_before_is_read(reply: Reply) -> None:
    fields = json.loads(encode(reply))
    for message in fields["messages"]:
        del message["attach"], message["protect"]
        message.pop("alert", None)
    # An edit stands there only where it is one: the version before would send it as a message,
    # did it not refuse the key.
    assert ("edits" in fields) is (reply.edit is not None)
    fields.pop("edits", None)
    back = decode(json.dumps(fields).encode())
    assert [m.text for m in back.messages] == [m.text for m in reply.messages]
    assert {(m.attachment, m.protect_content) for m in back.messages} <= {(None, False)}


@given(replies)
def test_a_reply_of_a_newer_version_is_left_to_that(reply: Reply) -> None:
    """What this version does not know may be a restriction."""
    fields = json.loads(encode(reply))
    with pytest.raises(ValueError, match="not_before"):
        decode(json.dumps({**fields, "not_before": 1}).encode())
    owner = {"participant_id": 1, "taken_back": 0, "case_id": 5}
    with pytest.raises(ValueError, match="case_id"):
        decode(json.dumps({**fields, "whose": owner}).encode())
