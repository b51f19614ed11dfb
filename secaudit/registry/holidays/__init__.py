"""National holidays that a new workspace starts with; the workspace edits its own copy."""

from importlib.resources import files


def indonesia() -> str:
    """The shipped list as YAML text: what the joint decrees of three ministers say."""
    return files(__name__).joinpath("indonesia.yaml").read_text(encoding="utf-8")
