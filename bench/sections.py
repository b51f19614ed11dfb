"""``docs/performance.md``: each benchmark writes its own section and keeps the others."""

import re
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "performance.md"


def put_section(title: str, text: str, report: Path = REPORT) -> None:
    """Write the section ``## title``, in place of the one there was, or at the end."""
    written = report.read_text(encoding="utf-8") if report.is_file() else "# Performance\n"
    head, *sections = re.split(r"^(?=## )", written, flags=re.MULTILINE)
    new = f"## {title}\n\n{text.strip()}\n"
    names = [section.partition("\n")[0] for section in sections]
    if f"## {title}" in names:
        sections[names.index(f"## {title}")] = new
    else:
        sections.append(new)
    parts = [part.strip() for part in (head, *sections)]
    report.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def other_sections(title: str, report: Path = REPORT) -> str:
    """The sections of the other benchmarks, as they stand."""
    if not report.is_file():
        return ""
    _, *sections = re.split(r"^(?=## )", report.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(
        f"\n{section.strip()}\n" for section in sections if not section.startswith(f"## {title}\n")
    )
