"""What every command needs: the language, the workspace, and who acts."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from secaudit.app.workspace import Workspace

WORKSPACE_VARIABLE = "SECAUDIT_WORKSPACE"
LANGUAGE_VARIABLE = "SECAUDIT_LANG"


@dataclass
class Session:
    """One invocation of the program."""

    workspace_folder: Path | None = None
    language_chosen: bool = False

    @cached_property
    def workspace(self) -> "Workspace":
        """The open workspace. Raises NotFoundError where there is none."""
        from secaudit.app.workspace import open_workspace
        from secaudit.text.language import Language, set_language

        workspace = open_workspace(self.folder)
        if not self.language_chosen:
            set_language(Language(workspace.settings.language))
        return workspace

    @property
    def optional_workspace(self) -> "Workspace | None":
        """The open workspace, or None where there is none; one that was named must be there."""
        from secaudit.core.errors import NotFoundError

        try:
            self.folder  # noqa: B018  (asks only whether there is one)
        except NotFoundError:
            return None
        return self.workspace

    @property
    def folder(self) -> Path:
        """The workspace's folder: as named, from the environment, or the nearest parent."""
        from secaudit.app.workspace import find_workspace

        named = self.workspace_folder or os.environ.get(WORKSPACE_VARIABLE)
        return Path(named) if named else find_workspace(Path.cwd())

    def local(self, when: "datetime | None") -> str:
        """Write an instant in the workspace's time zone."""
        from zoneinfo import ZoneInfo

        if when is None:
            return ""
        zone = ZoneInfo(self.workspace.settings.timezone)
        return when.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


pass_session = click.make_pass_decorator(Session, ensure=True)
