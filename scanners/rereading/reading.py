"""What came of reading one observation again: which facts differ, and which could not be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from secaudit.core.canonical import canonical_json
from secaudit.core.observation import Observation


class Unread(StrEnum):
    """Why a fact cannot come out of the bytes that were kept."""

    ENCRYPTED = "encrypted"
    """It came inside an encrypted session. The keys of our sessions are never kept."""
    CONNECTION = "connection"
    """It rests on how a connection ended, or that none could be made: that is no byte."""
    NOT_KEPT = "not_kept"
    """The bytes were not kept on purpose: bodies of pages, cookies' values, a server's memory."""
    CUT_OFF = "cut_off"
    """The answer was longer than what is kept of one."""
    COMPARISON = "comparison"
    """It rests on the order of many questions, which a reader of single answers does not repeat."""
    ELSEWHERE = "elsewhere"
    """It rests on more than these bytes: trust stores, the clock, another observation."""


@dataclass(frozen=True)
class Material:
    """What is read again: an observation, its evidence, and what else was seen of the host."""

    observation: Observation
    evidence: Sequence[bytes]
    others: Sequence[Observation] = ()

    @property
    def data(self) -> Mapping[str, Any]:
        """What the observation says."""
        return self.observation.data

    def of(self, kind: str) -> Observation | None:
        """The other observation of one kind about the same subject."""
        about = self.observation.subject
        return next(
            (item for item in self.others if item.kind == kind and item.subject == about), None
        )


@dataclass(frozen=True)
class Reading:
    """``differing`` names facts that the bytes do not bear out; ``unread`` says why by name."""

    differing: tuple[str, ...] = ()
    unread: Mapping[str, Unread] = field(default_factory=dict)


class Account:
    """Goes through the facts of one observation, so that none is passed over in silence."""

    def __init__(self, told: Mapping[str, Any], prefix: str = "") -> None:
        self._told = told
        self._prefix = prefix
        self._seen: set[str] = set()
        self._differing: list[str] = []
        self._unread: dict[str, Unread] = {}

    def same(self, name: str, read: Any) -> None:
        """Compare one fact with what the bytes say."""
        self.check(name, borne_out=canonical_json(self._told.get(name)) == canonical_json(read))

    def check(self, name: str, *, borne_out: bool) -> None:
        """Note a fact that was held against the bytes in some other way than by being equal."""
        self._seen.add(name)
        if not borne_out:
            self._differing.append(self._prefix + name)

    def leave(self, why: Unread, *names: str) -> None:
        """Note facts that cannot be read; those that are null say nothing that could be wrong."""
        for name in names:
            if name in self._told and name not in self._seen:
                self._seen.add(name)
                if self._told[name] is not None:
                    self._unread[self._prefix + name] = why

    def leave_rest(self, why: Unread) -> None:
        """Note every fact that was not named yet."""
        self.leave(why, *self._told)

    def add(self, other: Reading) -> None:
        """Take over what was found about a part."""
        self._differing += other.differing
        self._unread |= other.unread

    def reading(self, seen: Iterable[str] = ()) -> Reading:
        """What came of it. ``seen``: facts whose parts were added one by one."""
        self._seen |= set(seen)
        return Reading(tuple(self._differing), dict(self._unread))
