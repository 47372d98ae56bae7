"""The environment of a conversation: all that is loaded from files and settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.content.helplines import Helplines
from bot.content.library import FlowLibrary
from bot.i18n.localizer import Languages
from bot.messages.deep_links import DeepLinks
from bot.schedule.plan import Plan
from flows.engine import Problem
from flows.engine.danger.detector import Danger
from flows.engine.danger.model import DangerModel


@dataclass(slots=True)
class Environment:
    """The data shared by all updates, until the files it was read from change."""

    library: FlowLibrary
    languages: Languages
    plan: Plan
    org_name: str | None
    org_contact: str | None
    org_data_contact: str | None
    org_authority: str | None
    zone: str
    keep_months: int
    danger: Danger
    helplines: Helplines
    country: str
    region: str | None
    danger_model: DangerModel | None = None
    danger_problems: tuple[Problem, ...] = ()
    tells_workers: bool = False
    address: DeepLinks = field(default_factory=DeepLinks)

    def replace_with(self, new: Environment) -> None:
        """Replaces the content after a reload, in one step: every holder of this object sees it.

        Versions with open check-ins stay loaded; what this process learnt at its start stays too.
        """
        new.library.retain_versions(self.library)
        new.languages.retain(self.languages)
        self.library, self.languages, self.plan = new.library, new.languages, new.plan
        self.danger, self.helplines = new.danger, new.helplines
        # A broken model is no reason to stop asking: the one in use is whole.
        self.danger_model = new.danger_model or self.danger_model
        self.danger_problems = new.danger_problems
