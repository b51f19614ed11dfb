"""The profiles that ship beside this file, and a workspace's own."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scanners.policy.profile import Profile
from scanners.tls.messages import GROUP_NAMES
from scanners.tls.suites import suites_by_name
from secaudit.content.yaml import Document, read_document, validate
from secaudit.core.errors import NotFoundError

SHIPPED = Path(__file__).with_name("profiles")


def load_profiles(own: Path | None = None) -> Mapping[str, Profile]:
    """Every profile by its id; one of the workspace (folder ``own``) replaces ours of that id.

    Raises InputError with file and line for an unknown key, suite or group, for two rules of one
    id, and for two files of one profile.
    """
    profiles = dict(_shipped())
    if own is not None and own.is_dir():
        profiles.update(_read(own))
    return profiles


def find_profile(name: str, profiles: Mapping[str, Profile]) -> Profile:
    """The profile of this id. Raises NotFoundError that names those there are."""
    if name not in profiles:
        raise NotFoundError(
            "there is no policy profile {name!r}",
            hint="there are: {known}",
            name=name,
            known=", ".join(sorted(profiles)),
        )
    return profiles[name]


@cache
def _shipped() -> Mapping[str, Profile]:
    return _read(SHIPPED)


def _read(folder: Path) -> dict[str, Profile]:
    profiles: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.yaml")):
        document = read_document(path)
        profile = validate(document, Profile)
        if profile.id in profiles:
            raise document.error(("id",), "the profile {name!r} is there twice", name=profile.id)
        _refuse_unknown(document, profile)
        profiles[profile.id] = profile
    return profiles


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
