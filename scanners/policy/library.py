"""The profiles that ship beside this file, and a workspace's own."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scanners.policy.profile import Profile
from scanners.tls.messages import GROUP_NAMES
from scanners.tls.suites import suites_by_name
from secaudit.content.overlay import find_named, read_folder, with_own
from secaudit.content.yaml import Document, validate
from secaudit.text.language import N_

SHIPPED = Path(__file__).with_name("profiles")


def load_profiles(own: Path | None = None) -> Mapping[str, Profile]:
    """Every profile by its id; one of the workspace (folder ``own``) replaces ours of that id.

    Raises InputError with file and line for an unknown key, suite or group, for two rules of one
    id, and for two files of one profile.
    """
    return with_own(_shipped(), own, _read)


def find_profile(name: str, profiles: Mapping[str, Profile]) -> Profile:
    """The profile of this id. Raises NotFoundError that names those there are."""
    return find_named(name, profiles, missing=N_("there is no policy profile {name!r}"))


@cache
def _shipped() -> Mapping[str, Profile]:
    return _read(SHIPPED)


def _read(folder: Path) -> Mapping[str, Profile]:
    return read_folder(folder, _profile, twice=N_("the profile {name!r} is there twice"))


def _profile(document: Document) -> Profile:
    profile = validate(document, Profile)
    _refuse_unknown(document, profile)
    return profile


def _refuse_unknown(document: Document, profile: Profile) -> None:
    known = {
        "suites_allowed": suites_by_name().keys(),
        "groups_allowed": set(GROUP_NAMES.values()),
        "group_offered": set(GROUP_NAMES.values()),
    }
    taken: set[str] = set()
    for index, rule in enumerate(profile.rules):
        if rule.id in taken:
            raise document.error(
                ("rules", index, "id"), "the rule {name!r} is there twice", name=rule.id
            )
        taken.add(rule.id)
        names = getattr(rule, "names", ())
        for place, name in enumerate(names):
            if rule.aspect in known and name not in known[rule.aspect]:
                raise document.error(
                    ("rules", index, "names", place), "{name!r} is not registered", name=name
                )
        for name in getattr(rule, "ends", {}):
            if name not in names:
                raise document.error(
                    ("rules", index, "ends", name),
                    "{name!r} ends, but is not among the names",
                    name=name,
                )
