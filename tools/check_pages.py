"""Write docs/checks/: a page for each check from its declaration, and an index.

python tools/check_pages.py            write
python tools/check_pages.py --check    change nothing; 1 where a page is out of step
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanners.catalogue import Check
from scanners.registry import load_checks
from secaudit.ledger.findings import SILENCE

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "docs/checks"
INDEX = f"{FOLDER}/README.md"
_SEVERITIES = {
    "critical": "kritis",
    "high": "tinggi",
    "medium": "sedang",
    "low": "rendah",
    "info": "informasi",
}
_ROOMS = {
    "net": "Layanan jaringan / Network services",
    "tls": "TLS",
    "cert": "Sertifikat / Certificates",
    "ssh": "SSH",
    "starttls": "STARTTLS",
    "http": "Situs web / Web sites",
    "dns": "DNS",
}
_WORDS = {
    "id": ("Tingkat", "Apa artinya", "Bunyi temuan", "Cara memperbaiki"),
    "en": ("Severity", "What it means", "What a finding says", "How to repair"),
}
_CLOSED = {
    "passed": "Port yang telah tertutup membuktikan perbaikan. / A port that is shut proves the "
    "repair.",
    "not_applicable": "Port yang telah tertutup tidak membuktikan apa pun. / A port that is shut "
    "proves nothing.",
}
_SILENT = {
    "passed": "Port yang hanya diam membuktikan perbaikan setelah pemindaian berikutnya dari zona "
    "yang sama, paling cepat {hours} jam kemudian, menemukan hal yang sama. / A port that is only "
    "silent proves the repair once the next scan from the same zone, at least {hours} hours later, "
    "finds the same.",
    "inconclusive": "Port yang hanya diam tidak membuktikan apa pun. / A port that is only silent "
    "proves nothing.",
}


def page(check: Check) -> str:
    """The page of one check, Indonesian first."""
    parts = [f"# `{check.id}`", *_in_language(check, "id"), *_in_language(check, "en")]
    parts += ["## Rujukan / References", "\n".join(_references(check))]
    hours = round(SILENCE.total_seconds() / 3600)
    facts = [
        f"- {_CLOSED[check.when_closed]}",
        f"- {_SILENT[check.when_filtered].format(hours=hours)}",
    ]
    facts += [f"- `{name}`: {_value(value)}" for name, value in check.parameters.items()]
    facts += [f"- Id lama / former id: `{alias}`" for alias in check.aliases]
    parts += ["## Penilaian / Judgement", "\n".join(facts)]
    parts.append("[Semua pemeriksaan / All checks](README.md)")
    return "\n\n".join(parts) + "\n"


def _in_language(check: Check, language: str) -> Iterator[str]:
    severity, meaning, statement, repair = _WORDS[language]
    word = check.severity.value if language == "en" else _SEVERITIES[check.severity.value]
    yield f"## {check.title.in_language(language)}"
    yield f"**{severity}: {word}.** {check.severity_reason.in_language(language).strip()}"
    yield f"**{meaning}.** {check.description.in_language(language).strip()}"
    yield f"**{statement}:** {check.statement.in_language(language).strip()}"
    yield f"**{repair}**"
    yield check.remediation.in_language(language).strip()


def _references(check: Check) -> Iterator[str]:
    for item in check.references:
        yield f"- [{item.title}]({item.url})" if item.url else f"- {item.title}"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def index(checks: Mapping[str, Check]) -> str:
    """The list of all checks, by room."""
    parts = ["# Pemeriksaan / Checks"]
    parts.append(
        f"{len(checks)} pemeriksaan, ditulis oleh `make docs` dari deklarasinya. / "
        f"{len(checks)} checks, written by `make docs` from their declarations."
    )
    for prefix, heading in _ROOMS.items():
        rows = [check for check in checks.values() if check.id.split(".")[0] == prefix]
        table = ["| Id | Tingkat / Severity | Judul | Title |", "| --- | --- | --- | --- |"]
        for check in rows:
            severity = f"{_SEVERITIES[check.severity.value]} / {check.severity.value}"
            link = f"[`{check.id}`]({check.id}.md)"
            table.append(f"| {link} | {severity} | {check.title.id} | {check.title.en} |")
        parts += [f"## {heading}", "\n".join(table)]
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Every generated file, by its path in the repository. Raises for a check without a room."""
    checks = load_checks()
    homeless = [name for name in checks if name.split(".")[0] not in _ROOMS]
    if homeless:
        raise SystemExit(f"no room in the index for: {', '.join(homeless)}")
    written = {f"{FOLDER}/{name}.md": page(check) for name, check in checks.items()}
    written[INDEX] = index(checks)
    return written


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    arguments = parser.parse_args()
    wanted = pages()
    faults = []
    for name, content in wanted.items():
        path = ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        if arguments.check:
            faults.append(f"{name} is out of step with its declaration: run 'make docs'")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    for path in sorted((ROOT / FOLDER).glob("*.md")):
        if f"{FOLDER}/{path.name}" in wanted:
            continue
        if arguments.check:
            faults.append(f"{FOLDER}/{path.name} has no check any more: run 'make docs'")
        else:
            path.unlink()
    print("\n".join(faults) or f"{len(wanted)} check pages in step with their declarations")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
