"""A copy of everything stored about a participant: a page to read, and data for a computer.

Created at the moment it is sent, and never stored. Its content comes from `subject_access`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from html import escape
from typing import Any

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation.my_data.sharing import CHOICES
from bot.domain.participant import Checkin
from bot.domain.sharing_choice import Sharing
from bot.i18n import bidi
from bot.i18n.localizer import Localizer
from bot.messages.reply import DataCopy
from bot.store.database import Database
from bot.store.maintenance.time_rounding import day_of, is_rounded, zone_of
from bot.store.queries.subject_access import SubjectAccess, load_subject_access
from flows.engine import Answer, Step, Text, Value

STYLE = (
    "body{font:1.1em/1.6 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}"
    "blockquote{margin:.3em 0 1em;padding-inline-start:1em;border-inline-start:.2em solid #888;"
    "white-space:pre-wrap}"
)


class Copies:
    """Creates copies."""

    def __init__(self, store: Database, env: Environment, clock: Clock) -> None:
        self._store = store
        self._env = env
        self._clock = clock

    async def make(self, wanted: DataCopy) -> bytes | None:
        """One file; None where nothing is stored any more.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        found = await load_subject_access(self._store, wanted.participant_id)
        if found is None:
            return None
        library = self._env.library
        library.add(found.sources)
        telling = _Telling(found, self._env, self._env.languages[wanted.language])
        if wanted.kind == "page":
            return telling.page(self._clock()).encode()
        return json.dumps(telling.data(self._clock()), ensure_ascii=False, indent=1).encode()


class _Telling:
    def __init__(self, found: SubjectAccess, env: Environment, localizer: Localizer) -> None:
        self._found = found
        self._env = env
        self._localizer = localizer

    # --- for a computer ---

    def _time(self, at: dt.datetime | None) -> str | None:
        if at is None:
            return None
        zone = zone_of(self._found.participant.timezone)
        # Older timestamps are rounded to the day (see `time_rounding`).
        return day_of(at, zone).isoformat() if is_rounded(at, zone) else at.isoformat()

    def data(self, now: dt.datetime) -> dict[str, Any]:
        found, participant = self._found, self._found.participant
        return {
            "made_at": now.isoformat(),
            "settings": {
                "state": participant.state.value,
                "language": participant.language,
                "questions_for": participant.audience,
                "zone": participant.timezone,
                "may_message": participant.may_message,
                "safe_times": participant.contact_times.to_json(),
                "others_see_this_phone": participant.shared_phone,
                "paused_until": self._time(participant.paused_until),
                "keep_months": participant.retention_months,
                "joined_at": self._time(
                    None if participant.hidden_before else participant.joined_at
                ),
                "last_hello_at": self._time(
                    None if participant.hidden_before else participant.last_follow_up_at
                ),
                "hellos_not_answered": participant.unanswered,
            },
            "check_ins": [self._check_in(past) for past in participant.checkins],
            "consents": [
                {
                    "to": row.kind,
                    "given": row.given,
                    "language": row.language,
                    "words_shown": row.wording,
                    "at": self._time(row.at),
                }
                for row in found.consents
            ],
            "read_by": [
                {"worker": name, "check_in": str(session), "at": self._time(at)}
                for name, session, at in found.readers
            ],
            "workers": [
                {
                    "worker": case.worker_name,
                    "name_they_know_you_by": case.name,
                    "service": case.service,
                    "began_on": case.began_on.isoformat() if case.began_on else None,
                    "ended_on": case.ended_on.isoformat() if case.ended_on else None,
                    "joined_at": self._time(case.joined_at),
                    "outcomes_recorded": [
                        {"outcome": row.outcome, "at": self._time(row.at)}
                        for row in found.records
                        if row.case_id == case.id
                    ],
                }
                for case in participant.cases
            ],
            "asked_for_a_person": [
                {"at": self._time(row.asked_at), "seen_at": self._time(row.seen_at)}
                for row in found.alerts
            ],
            "complaints": [
                {
                    "code": one.code,
                    "words": one.words,
                    "voice_note": one.spoken,
                    "at": self._time(one.made_at),
                    "acknowledged_at": self._time(one.acknowledged_at),
                    "answered_at": self._time(one.answered_at),
                }
                for one in found.complaints
            ],
            "hellos": [
                {
                    "kind": row.kind,
                    "state": row.state.value,
                    "due_at": self._time(row.due_at),
                    "ended_at": self._time(row.ended_at),
                }
                for row in found.follow_ups
            ],
            "changes_of_state": [
                {"what": row.event, "from": row.before, "to": row.after, "at": self._time(row.at)}
                for row in found.moves
            ],
        }

    def _check_in(self, past: Checkin) -> dict[str, Any]:
        return {
            "id": str(past.id),
            "questions": past.flow,
            "version": past.version,
            "follows": str(past.follows_id) if past.follows_id else None,
            "stage": past.state.value,
            "who_may_read": past.sharing or Sharing.ONLY_ME,
            "worker_who_may_read": self._worker(past),
            "started_at": self._time(past.started_at),
            "ended_at": self._time(past.ended_at),
            "answers": [self._answer(past, step, said) for step, said in self._answers(past)],
        }

    def _answer(self, past: Checkin, step: Step, said: Answer) -> dict[str, Any]:
        at, language = self._found.given[past.id, step.id]
        return {
            "question": step.id,
            "question_words": bidi.clean(self._localizer.question(step.text)),
            "state": said.state.value,
            "choices": list(said.choices),
            "choices_words": [self._plain(label) for label in said.labels],
            "words": said.words,
            "voice_notes": len(said.voice),
            "language": language,
            "at": self._time(at),
        }

    def _plain(self, text: Text) -> str:
        return bidi.clean(self._localizer.text(text))

    def _answers(self, past: Checkin) -> Iterator[tuple[Step, Answer]]:
        library = self._env.library
        answers = library.with_labels(past.version, past.session.answers)
        for step in library.get_version(past.version).steps:
            if step.id in answers:
                yield step, answers[step.id]

    def _worker(self, past: Checkin) -> str | None:
        case = self._found.participant.case(past.case_id) if past.case_id else None
        mine = (
            case is not None
            and past.sharing == Sharing.WORKER
            and past.shared_with == case.worker_id
        )
        return case.worker_name if case is not None and mine else None

    # --- to read ---

    def page(self, now: dt.datetime) -> str:
        localizer = self._localizer
        head = localizer.phrase("copy_page", {"when": self._day(now)})
        language = str(localizer.locale).replace("_", "-")
        way = "rtl" if localizer.right_to_left else "ltr"
        parts = [
            "<!doctype html>",
            f'<html lang="{escape(language)}" dir="{way}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(bidi.clean(head))}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(head)}</h1>",
            *self._told(),
            *self._agreed(),
            *self._read(),
            *self._complained(),
            f"<p>{escape(localizer.phrase('copy_more'))}</p>",
            "</body></html>",
        ]
        return "\n".join(parts)

    def _told(self) -> Iterator[str]:
        yield self._heading("answers")
        for past in self._found.participant.checkins:
            kind = "before" if past.follows_id is None else "after"
            values: dict[str, Value] = {"date": self._day(past.started_at), "who": self._who(past)}
            yield f"<h3>{escape(self._label(kind, values, 'share_pick'))}</h3>"
            for step, said in self._answers(past):
                yield f"<p>{escape(self._localizer.question(step.heading))}</p>"
                lines = [self._localizer.text(label) for label in said.labels]
                lines += [said.words] if said.words else []
                lines += [self._localizer.phrase("a_voice_note")] * len(said.voice)
                if not lines:
                    lines = [self._localizer.phrase(_UNSAID.get(said.state.value, "not_answered"))]
                # Each line has its own direction, whatever its language.
                yield "".join(f'<blockquote dir="auto">{escape(li)}</blockquote>' for li in lines)

    def _agreed(self) -> Iterator[str]:
        yield self._heading("consents")
        for row in self._found.consents:
            yield f"<h3>{escape(self._day(row.at))}</h3>"
            yield f'<blockquote dir="auto">{escape(row.wording)}</blockquote>'

    def _read(self) -> Iterator[str]:
        yield self._heading("readers")
        if not self._found.readers:
            yield f"<p>{escape(self._label('nobody'))}</p>"
        pasts = {past.id: past for past in self._found.participant.checkins}
        for name, session_id, at in self._found.readers:
            past = pasts.get(session_id)
            kind = "before" if past is None or past.follows_id is None else "after"
            values: dict[str, Value] = {"worker_name": name, "when": self._day(at)}
            yield f"<p>{escape(self._label(kind, values, 'readers'))}</p>"

    def _complained(self) -> Iterator[str]:
        if self._found.complaints:
            yield self._heading("complaints")
        for one in self._found.complaints:
            words = one.words or self._localizer.phrase("a_voice_note")
            yield f"<h3>{escape(self._day(one.made_at))} ({escape(one.code)})</h3>"
            yield f'<blockquote dir="auto">{escape(words)}</blockquote>'

    def _who(self, past: Checkin) -> str:
        if (name := self._worker(past)) is not None:
            return name
        service = past.sharing in CHOICES[1:]
        return self._label(str(past.sharing) if service else Sharing.ONLY_ME, phrase="share")

    def _heading(self, choice: str) -> str:
        return f"<h2>{escape(self._label(choice))}</h2>"

    def _label(
        self, choice: str, values: dict[str, Value] | None = None, phrase: str = "copy_page"
    ) -> str:
        return self._localizer.say(self._env.library.phrases[phrase].choices[choice], values)

    def _day(self, at: dt.datetime) -> str:
        return self._localizer.format_date(at, self._found.participant.timezone)


_UNSAID = {"rather_not_say": "rather_not_say", "not_sure": "not_sure"}
