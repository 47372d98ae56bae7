"""The flows that are asked: today's by name, and every version with an open check-in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.content.story_threads import NONE, StoryThreads, unknown
from flows.engine import (
    WORDS_TO_SEND,
    Answer,
    BrokenFlow,
    Flow,
    Keywords,
    Meaning,
    Phrases,
    Problem,
    load_old,
)
from flows.engine.replies.choice_meanings import ChoiceMeanings
from flows.engine.replies.short_replies import ShortReplies

AFTER_FLOW_OF = {"before": "after", "before_young": "after_young"}
"""Which check-in follows which."""

REQUIRED_MEANINGS = {
    "welcome": (Meaning.LANGUAGE, Meaning.AGE, Meaning.KEEP),
    **{
        name: asks
        for before, after in AFTER_FLOW_OF.items()
        for name, asks in ((before, (Meaning.MESSAGE,)), (after, ()))
    },
}
"""The flows there must be, and the meanings each has to ask for."""

REQUIRED_PHRASES = frozenset(
    (
        "a_voice_note added age_unclear carry_on_ask where_we_were answers_hidden no_messages "
        "stands stands_hidden stop_undo me_after_all not_kept_hello not_kept_thanks "
        "are_stopped came_back change_done change_left change_none "
        "change_one change_pick change_taken_back change_which changed cleared "
        "cleared_answers cleared_left cleared_words complaint complaint_kept "
        "complaint_left contact_asked contact_asked_bare contact_asked_only "
        "contact_nobody contact_offer contact_seen contact_seen_bare contact_unreachable "
        "contact_waits contact_when contact_when_bare later_too_far "
        "copy_ask copy_more copy_none copy_page copy_sent "
        "danger_abuse danger_called danger_child danger_keep danger_kept danger_left "
        "danger_others danger_overdose danger_self_harm danger_shared danger_unsure danger_young "
        "declined delete_ask delete_kept delete_link delete_over delete_undone deleting "
        "deleting_complaint deleting_read deleting_waits done_already draft edited empty "
        "first_line forwarded hello helplines is_it_you keep_months kept_words language "
        "language_only language_other later_none later_set line line_emergency line_keyword "
        "line_kind line_silent link_closed moved_away moved_back mydata mydata_closed "
        "mydata_link mydata_none new_worker new_worker_no new_worker_only news next_hello "
        "messages_yes messages_no org_authority org_contact org_data_contact "
        "no_word not_answered not_now not_sure not_words nothing_waits "
        "numbers_ask other_person others_see pause paused pick_first private_only quote "
        "rather_not_say "
        "read_gone readers readers_none rejoin safety safety_alone safety_first safety_now "
        "safety_question safety_question_seen safety_shared safety_thanks "
        "set_aside share share_none share_pick skipped sounds_wrong "
        "sounds_wrong_kept stale sticker stop_done stop_maybe stop_maybe_again stopped "
        "stopped_all stopped_bare stopped_one story story_after story_before story_closed "
        "story_left story_none story_open story_page story_picture story_safe story_stopped "
        "take_care take_care_until times times_day times_never times_ok times_ok_day too_fast "
        "too_long "
        "unknown unknown_again unknown_new unknown_tap voice welcome_later who_bare "
        "who_we_are whose word_ask word_kept word_other word_wrong"
    ).split()
) | frozenset(WORDS_TO_SEND)
"""The phrases used anywhere; a missing one is reported at the start, not in a conversation."""


class FlowLibrary:
    """Flows, phrases, keywords and short replies."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        phrases: Phrases,
        listened: Keywords,
        threads: StoryThreads = NONE,
        meanings: ChoiceMeanings | None = None,
    ) -> None:
        """Checks what was loaded.

        Raises:
            BrokenFlow: a required flow or phrase is missing, or a flow lacks a required meaning.
        """
        if problems := [*_lacking(flows), *_unsaid(phrases), *unknown(threads, flows)]:
            raise BrokenFlow(problems)
        self.current = dict(flows)
        self.phrases = phrases
        self.keywords = listened
        self.threads = threads
        self.choice_meanings = meanings or ChoiceMeanings()
        self._versions = {flow.version: flow for flow in flows.values()}
        self._stays: dict[tuple[str, str], Flow] = {}

    @property
    def replies(self) -> ShortReplies:
        """The short replies of every language."""
        return self.choice_meanings.replies

    def has_version(self, version: str) -> bool:
        """Whether this version is loaded."""
        return version in self._versions

    def add(self, sources: Iterable[tuple[str, str]]) -> None:
        """Adds versions stored in the database."""
        for name, source in sources:
            flow = load_old(source, name)
            self._versions[flow.version] = flow

    def retain_versions(self, older: FlowLibrary) -> None:
        """Retains the versions that were loaded before the files changed."""
        self._versions = {**older._versions, **self._versions}

    def get_version(self, version: str) -> Flow:
        """The flow of a loaded version."""
        return self._versions[version]

    def take_in(self, flow: Flow) -> Flow:
        """Adds a version."""
        return self._versions.setdefault(flow.version, flow)

    def retain_text(self, language: str, flow: Flow) -> None:
        """Asks participants of a language from this version of a flow, instead of today's."""
        self._stays[flow.name, language] = self.take_in(flow)

    def today_for(self, name: str, language: str) -> Flow:
        """The version of a flow that is asked in a language today."""
        return self._stays.get((name, language), self.current[name])

    def before_for(self, audience: str, language: str) -> Flow:
        """Today's first check-in for an audience, in a language."""
        name = next(name for name in AFTER_FLOW_OF if self.current[name].audience == audience)
        return self.today_for(name, language)

    def after(self, before: str, language: str) -> Flow | None:
        """Today's check-in that follows another, in a language."""
        return self.today_for(AFTER_FLOW_OF[before], language) if before in AFTER_FLOW_OF else None

    def with_labels(self, version: str, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The answers with the labels of their choices, as this version of the flow has them."""
        flow = self._versions[version]
        found: dict[str, Answer] = {}
        for step_id, answer in answers.items():
            step = flow.by_id.get(step_id)
            given = step.choices if step and answer.choices else ()
            labels = tuple(c.label for c in given if c.id in answer.choices)
            same = labels == answer.labels
            found[step_id] = answer if same else replace(answer, labels=labels)
        return found


def _lacking(flows: Mapping[str, Flow]) -> Iterator[Problem]:
    for name, meanings in REQUIRED_MEANINGS.items():
        if name not in flows:
            yield Problem(f"{name}.yaml", 1, "this file is missing or empty")
            continue
        learnt = {step.meaning for step in flows[name].steps}
        for meaning in meanings:
            if meaning not in learnt:
                yield Problem(f"{name}.yaml", 1, f"no step has `meaning: {meaning}`")


def _unsaid(phrases: Phrases) -> Iterator[Problem]:
    for name in sorted(REQUIRED_PHRASES - phrases.said.keys()):
        yield Problem("phrases.yaml", 1, f"`{name}:` is missing")


def choice_for_meaning(flow: Flow, meaning: Meaning, answers: Mapping[str, Answer]) -> str | None:
    """The choice made at the step with this meaning, if it was made."""
    for step in flow.steps:
        if step.meaning is meaning and step.id in answers:
            return next(iter(answers[step.id].choices), None)
    return None
