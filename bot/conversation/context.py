"""The context of one update: sender, unit of work, and the reply being built."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from bot.content.environment import Environment
from bot.conversation.last_asked import LastAsked
from bot.conversation.lookups import Lookups
from bot.domain.ids import new_id
from bot.domain.participant import ContentOwner, FollowUp, Participant
from bot.domain.visible_message import VisibleMessage
from bot.domain.worker import Case, Worker
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import (
    CallbackData,
    OnboardingButton,
    PhraseButton,
    parse,
)
from bot.messages.incoming import ButtonPress, IncomingUpdate, TextMessage
from bot.messages.parts import (
    ButtonPart,
    Line,
    Menu,
    MessagePart,
    OtherReply,
    PagePart,
    Part,
    Words,
    lazy,
    phrase_part,
    text_part,
)
from bot.messages.renderer import render, render_line, render_menu, render_other, render_words
from bot.messages.reply import Attachment, ClearChat, Reply
from bot.store.unit_of_work import UnitOfWork
from flows.engine import LazyText, Meaning, StopMeaning, Value
from flows.engine.danger.detector import DangerKind
from flows.engine.replies.short_replies import ShortReply


@dataclass(slots=True)
class Context:
    """An update with its participant (None before consent) and its unit of work.

    `stop` is what the whole text says about stopping, also where it may be an answer.
    `answered_follow_up` is the follow-up whose label they typed, `deferred_reply_id` the reply that
    waits for their identity to be confirmed, `line` the newest open follow-up of this chat on a
    shared phone. `unsaved_message_ids` are visible messages known in memory only; `clear` clears
    the whole chat. `onboarding` is the progress without consent, in memory and buttons.
    `other_replies` go to other chats. `owner` is the participant whose answers the reply contains.
    `chat_changed_hands` says that another participant has the chat now; `delete_message_ids` are
    messages with a secret in them. `stopped_at` is a stop before consent from the database, and
    `stops` means that they stop now: nothing queued is sent. `repeats_press` is a double tap;
    `is_identified` means that they have just said that it is them, `unnoticed` that nothing of it
    is remembered. `asked` is what was asked last, `asks` what is now, `offers_contact` that a
    person is offered.
    """

    update: IncomingUpdate
    participant: Participant | None
    uow: UnitOfWork
    now: dt.datetime
    env: Environment
    follow_ups: Mapping[int, FollowUp] = field(default_factory=dict)
    keyword: str | None = None
    stop: StopMeaning | None = None
    danger: DangerKind | None = None
    onboarding: OnboardingButton | None = None
    stopped_at: OnboardingButton | None = None
    answered_follow_up: FollowUp | None = None
    deferred_reply_id: int | None = None
    line: FollowUp | None = None
    unsaved_message_ids: tuple[VisibleMessage, ...] = ()
    worker: Worker | None = None
    lookups: Lookups = field(default_factory=Lookups)
    other_replies: list[OtherReply] = field(default_factory=list)
    urgent: bool = False
    menu: Menu | None = None
    clear: ClearChat | None = None
    language: str | None = None
    parts: list[Part] = field(default_factory=list)
    toast: Line | None = None
    toast_name: str | None = None
    edit_keyboard_only: bool = False
    chosen_label: Line | None = None
    prompt_ref: tuple[int, int] | None = None
    answered_message_id: int | None = None
    owner: ContentOwner | None = None
    chat_changed_hands: bool = False
    stops: bool = False
    repeats_press: bool = False
    is_identified: bool = False
    unnoticed: bool = False
    announces_news: bool = False
    delete_message_ids: list[int] = field(default_factory=list)
    typed_labels: dict[tuple[int, int, str], str | None] = field(default_factory=dict)
    short_replies: dict[str, ShortReply | None] = field(default_factory=dict)
    asked: LastAsked | None = None
    asks: LastAsked | None = None
    apologised: bool = False
    offers_contact: bool = False
    safety_asked: bool = False

    @property
    def localizer(self) -> Localizer:
        """The language of the reply: chosen, the participant's, or the best match."""
        languages = self.env.languages
        if self.language is None:
            self.language = (
                self.participant.language
                if self.participant
                else languages.match(self.update.language_code)
            ) or languages.codes[0]
        return languages[self.language]

    @property
    def pressed(self) -> ButtonPress | None:
        """The button press, if it is one."""
        return what if isinstance(what := self.update.content, ButtonPress) else None

    @property
    def starts(self) -> bool:
        """Whether START was typed, in any language; an edit starts nothing."""
        return self.keyword == "start" and isinstance(self.update.content, TextMessage)

    @property
    def button(self) -> CallbackData | None:
        """The button of the callback data, if recognised, or the one that a worker typed."""
        press = self.pressed
        return parse(press.data) if press is not None else self.lookups.typed_work

    def say(self, name: str, values: Mapping[str, Value] | None = None, about: int = 0) -> None:
        """Adds a phrase to the reply."""
        phrases = self.env.library.phrases
        self.parts.append(phrase_part(name, self.localizer, phrases, values, about))

    @property
    def safety_localizer(self) -> Localizer:
        """The language for help, danger and stop: as they chose, whatever it lacks."""
        found = self.localizer
        return self.env.languages.for_safety(self.language) if self.language else found

    def say_safely(self, name: str) -> None:
        """Adds a phrase in the language they chose, even if it is incomplete."""
        phrases = self.env.library.phrases
        self.parts.append(phrase_part(name, self.safety_localizer, phrases))

    def add_button(self, phrase: str, choice: str, about: int = 0) -> None:
        """Adds one more button under the phrase just said."""
        last = self.parts[-1]
        assert isinstance(last, MessagePart)  # noqa: S101 - a phrase was said just now
        data = PhraseButton(phrase, choice, about).encode()
        button = ButtonPart(self.label(phrase, choice), data)
        self.parts[-1] = replace(last, choices=(*last.choices, button))

    def say_without_buttons(self, name: str) -> None:
        """Adds a phrase without its buttons."""
        self.parts.append(text_part(self.env.library.phrases[name].text, self.localizer))

    def languages(self) -> None:
        """Asks which language, each in its own script."""
        names = self.language_names()
        self.say_with_buttons(
            "language",
            [ButtonPart(name, PhraseButton("language", c).encode()) for c, name in names],
        )

    def language_names(self) -> list[tuple[str, str]]:
        """The code of each language offered, and its name in its own script."""
        welcome = self.env.library.current["welcome"]
        step = next(s for s in welcome.steps if s.meaning is Meaning.LANGUAGE)
        return [(c.id, c.label.source) for c in step.choices if c.id in self.env.languages.codes]

    def say_with_buttons(
        self,
        name: str,
        keys: Iterable[ButtonPart] = (),
        values: Mapping[str, Value] | None = None,
        controls: Iterable[ButtonPart] = (),
        attach: Attachment | PagePart | None = None,
        more: Iterable[Words] = (),
    ) -> None:
        """Adds a phrase with buttons that are not its own, and `more` lines below it."""
        text = self.env.library.phrases[name].text
        self.parts.append(
            text_part(
                text,
                self.localizer,
                values,
                more=more,
                choices=keys,
                controls=controls,
                attachment=attach,
            )
        )

    def say_lines(self, lines: Iterable[Words]) -> None:
        """Adds lines that are no phrase, as one message."""
        self.parts.append(MessagePart(tuple(lines), self.localizer))

    def phrase(self, name: str, values: Mapping[str, Value] | None = None) -> LazyText:
        """A phrase as words within other words."""
        return lazy(self.env.library.phrases[name].text, values)

    def label(
        self, phrase: str, choice: str, values: Mapping[str, Value] | None = None
    ) -> LazyText:
        """The label of a phrase's button."""
        return lazy(self.env.library.phrases[phrase].choices[choice], values)

    def choose(self, label: Words | None) -> None:
        """Leaves a label under the tapped message, in the language of this moment."""
        self.chosen_label = Line(label, self.localizer) if label is not None else None

    def case(self, case_id: int | None) -> Case | None:
        """The participant's case with this id, if it is theirs."""
        return self.participant.case(case_id) if self.participant and case_id is not None else None

    def toast_phrase(self, name: str) -> None:
        """Shows a toast: answers a tap for a moment, without a message."""
        self.toast, self.toast_name = Line(self.phrase(name), self.localizer), name

    def facts(self, case_id: int | None = None) -> dict[str, Value]:
        """The facts for flows, for a worker's case if there is one."""
        env, participant = self.env, self.participant
        if case_id is None and participant is not None and participant.open_checkin is not None:
            case_id = participant.open_checkin.case_id
        facts: dict[str, Value] = {
            "org_name": env.org_name or lazy(env.library.phrases.org_name),
            "keep_months": participant.retention_months if participant else env.keep_months,
            "language": self.localizer.code,
            "unheard": participant is not None and not any(c.is_heard for c in participant.cases),
        }
        if participant is not None and participant.may_message:
            facts["may_message"] = "yes"
        if participant is not None and participant.shared_phone:
            facts["others_see"] = "yes"
        case = self.case(case_id)
        if case is not None and case.worker_name is not None:
            facts["worker_name"] = case.worker_name
        may_write = (
            participant is not None
            and participant.may_message
            and not participant.contact_times.never
        )
        if participant is not None and may_write and participant.next_follow_up_at is not None:
            facts["hello_date"] = participant.next_follow_up_at.astimezone(
                ZoneInfo(participant.timezone)
            ).date()
        return facts

    def replies(self) -> list[Reply]:
        """All replies, rendered and ready to be enqueued: the one to the sender first."""
        return [self.reply(), *self.replies_elsewhere()]

    def replies_elsewhere(self) -> list[Reply]:
        """The replies to other chats, rendered."""
        blank = self.env.library.phrases["cleared_words"].text
        return [render_other(other, blank) for other in self.other_replies]

    def reply(self) -> Reply:
        """The whole reply to the sender, rendered."""
        session_id, turn = self.prompt_ref or (None, 0)
        said = self.update.message_id
        shared = self.participant is not None and self.participant.shared_phone
        leave = dict.fromkeys(
            [*self.delete_message_ids, *([said] if shared and said is not None else [])]
        )
        return Reply(
            id=new_id(),
            chat=self.update.chat,
            messages=render(self.parts),
            button_press=self.pressed,
            toast=render_line(self.toast),
            edit_keyboard_only=self.edit_keyboard_only,
            chosen_label=render_line(self.chosen_label),
            session_id=session_id,
            turn=turn,
            urgent=self.urgent,
            commands=render_menu(self.menu),
            resets_commands=self.menu is not None and self.menu.resets,
            owner=self.owner,
            standalone=self.clear is not None,
            clear=self._clearing(),
            incoming_ids=tuple((number, self.update.sent_at.timestamp()) for number in leave),
            deletes_incoming=bool(leave),
            supersedes_queue=self.chat_changed_hands,
            blank_text=self._rendered("cleared_words") if self.chat_changed_hands else "",
            low_priority=self._is_stranger,
            answered_message_id=self.answered_message_id,
            stops=self.stops,
        )

    def _clearing(self) -> ClearChat | None:
        if self.clear is None:
            return None
        return replace(self.clear, words=self._rendered("cleared_words"))

    def _rendered(self, name: str) -> str:
        return render_words(self.phrase(name), self.localizer)

    @property
    def _is_stranger(self) -> bool:
        """Whether this is a first greeting, which anyone can cause by the million."""
        known = (
            self.participant or self.worker or self.lookups.opened_link or self.lookups.claimed_case
        )
        comes_back = self.lookups.inactive_participants or self.lookups.awaits_private_word
        return known is None and self.pressed is None and not comes_back
