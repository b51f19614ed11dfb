"""The policy profiles of this workspace: ours, its own, and those that it has chosen."""

from collections.abc import Mapping

from scanners.policy.library import find_profile, load_profiles
from scanners.policy.profile import Profile
from secaudit.app.workspace import Workspace

FOLDER = "policies"


def profiles_of(workspace: Workspace) -> Mapping[str, Profile]:
    """Ours and the workspace's own. Raises InputError with file and line."""
    return load_profiles(workspace.folder / workspace.settings.content / FOLDER)


def chosen_profiles(workspace: Workspace) -> tuple[Profile, ...]:
    """The profiles that the settings name. Raises NotFoundError for one that is not there."""
    names = workspace.settings.tls_policies
    known = profiles_of(workspace) if names else {}
    return tuple(find_profile(name, known) for name in names)
