"""How this workspace judges what was seen: its checks, and what else it has decided for itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scanners.base import Sight, Watched
from scanners.catalogue import Check
from scanners.policy.rules import SETTING
from scanners.registry import judge
from secaudit.app.checks import checks_of
from secaudit.app.policies import chosen_profiles
from secaudit.app.workspace import Workspace
from secaudit.core.observation import CheckResult, Observation


@dataclass(frozen=True)
class Judging:
    """The rules of one workspace. The same observations are always judged alike by it."""

    checks: Mapping[str, Check]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def host(
        self, observations: Sequence[Observation], watched: Iterable[Watched], at: datetime
    ) -> list[CheckResult]:
        """Judge all that was observed of one host; ``watched`` are owed an outcome."""
        return judge(Sight(observations, self.settings), watched, at, self.checks)


def judging_of(workspace: Workspace) -> Judging:
    """Raises InputError with the lines of what is wrong in the content, and NotFoundError."""
    return Judging(checks_of(workspace), {SETTING: chosen_profiles(workspace)})
