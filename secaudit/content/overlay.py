"""Documents that ship with the program, and a workspace's own of the same form beside them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from secaudit.content.yaml import Document, read_document
from secaudit.core.errors import NotFoundError


class Named(Protocol):
    """Whatever a file of such a folder holds."""

    @property
    def id(self) -> str:
        """By which it is found, and replaced."""
        ...


Item = TypeVar("Item", bound=Named)


def read_folder(
    folder: Path, read: Callable[[Document], Item], *, twice: str
) -> Mapping[str, Item]:
    """Read every YAML file of a folder, by id.

    Raises InputError, and ``twice`` (a template with ``{name}``) for a second file of one id.
    """
    found: dict[str, Item] = {}
    for path in sorted(folder.glob("*.yaml")):
        document = read_document(path)
        item = read(document)
        if item.id in found:
            raise document.error(("id",), twice, name=item.id)
        found[item.id] = item
    return found


def with_own(
    shipped: Mapping[str, Item], own: Path | None, read: Callable[[Path], Mapping[str, Item]]
) -> Mapping[str, Item]:
    """Put those of a workspace's folder in the place of ours of the same id, if it is there."""
    return {**shipped, **read(own)} if own is not None and own.is_dir() else dict(shipped)


def find_named(name: str, known: Mapping[str, Item], *, missing: str) -> Item:
    """The one of this id. Raises NotFoundError by ``missing``, which names those there are."""
    if name not in known:
        raise NotFoundError(
            missing, hint="there are: {known}", name=name, known=", ".join(sorted(known))
        )
    return known[name]
