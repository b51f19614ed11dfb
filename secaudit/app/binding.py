"""Which catalogues and provisions bind this organisation: by their status, and by its settings."""

from collections.abc import Container

from controls.library import Library
from controls.requirement import Framework, Requirement
from controls.vocabulary import FrameworkKind, RequirementKind
from secaudit.app.settings import Binding
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import LegalStatus

_DEMANDING = frozenset(
    {
        RequirementKind.CLAUSE,
        RequirementKind.CONTROL,
        RequirementKind.OBLIGATION,
        RequirementKind.CADENCE,
        RequirementKind.DEADLINE,
    }
)
_EXPLAINING = frozenset({RequirementKind.DEFINITION, RequirementKind.PRINCIPLE})


def binding_frameworks(library: Library, chosen: Binding) -> tuple[Framework, ...]:
    """The catalogues that bind: those in force and those added, without those dropped.

    Raises InputError for a name in the settings that no catalogue has, and for a draft among those
    added: it is never law.
    """
    _check(library, chosen)
    return tuple(
        framework
        for framework in library.frameworks.values()
        if framework.id not in chosen.drop
        and (framework.status is LegalStatus.IN_FORCE or framework.id in chosen.add)
    )


def _check(library: Library, chosen: Binding) -> None:
    for name in (*chosen.add, *chosen.drop):
        if name not in library.frameworks and name not in library.all_requirements:
            raise InputError(
                "secaudit.yaml, binding: there is no catalogue or requirement {name!r}",
                hint="see: secaudit control list",
                name=name,
            )
    for name in chosen.add:
        framework = library.frameworks.get(name)
        if framework is None:
            raise InputError(
                "secaudit.yaml, binding: {name!r} is no catalogue",
                hint="whole catalogues are added, single requirements are dropped",
                name=name,
            )
        if framework.status is LegalStatus.DRAFT:
            raise InputError(
                "secaudit.yaml, binding: {name!r} is a draft, and a draft binds nobody",
                hint="once it is enacted, say so in your own catalogue: status: in_force",
                name=name,
            )


def binds(library: Library, chosen: Binding, requirement: Requirement) -> bool:
    """Tell whether one requirement binds: its catalogue does, and it was not dropped itself.

    Raises InputError for a name in the settings that no catalogue has.
    """
    frameworks = {item.id for item in binding_frameworks(library, chosen)}
    return _binds(chosen, frameworks, requirement)


def binding_requirements(library: Library, chosen: Binding) -> frozenset[str]:
    """The ids of all requirements that bind.

    Raises InputError for a name in the settings that no catalogue has.
    """
    frameworks = {item.id for item in binding_frameworks(library, chosen)}
    return frozenset(
        item.id for item in library.all_requirements.values() if _binds(chosen, frameworks, item)
    )


def _binds(chosen: Binding, frameworks: Container[str], requirement: Requirement) -> bool:
    if requirement.id in chosen.drop or requirement.framework not in frameworks:
        return False
    if requirement.status is LegalStatus.DRAFT:
        return False
    return requirement.framework in chosen.add or requirement.status is LegalStatus.IN_FORCE


def demands(requirement: Requirement) -> bool:
    """Tell whether it asks for something. A definition or a principle says what words mean."""
    kinds = set(requirement.kind)
    if kinds & _DEMANDING:
        return True
    return RequirementKind.ROLE in kinds and not kinds & _EXPLAINING


def is_law(library: Library, requirement: Requirement) -> bool:
    """Tell whether a requirement is a provision of a regulation that asks for something."""
    regulation = library.framework(requirement.framework).kind is FrameworkKind.REGULATION
    return regulation and demands(requirement)
