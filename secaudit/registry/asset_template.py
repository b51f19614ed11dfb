"""An inventory to fill in, with a row of a sample city, in both languages."""

import csv
import io

from secaudit.registry.asset_columns import FIELDS

_SAMPLE = {
    "name": {"id": "Portal layanan (contoh)", "en": "Service portal (sample)"},
    "addresses": {"id": "192.0.2.10 192.0.2.11", "en": "192.0.2.10 192.0.2.11"},
    "hostnames": {"id": "layanan.example.go.id", "en": "service.example.go.id"},
    "owner": {"id": "Dinas Komunikasi dan Informatika", "en": "Communication and Informatics"},
    "zone": {"id": "kantor", "en": "kantor"},
    "kind": {"id": "it", "en": "it"},
    "confidentiality": {"id": "2", "en": "2"},
    "integrity": {"id": "3", "en": "3"},
    "availability": {"id": "3", "en": "3"},
    "in_scope": {"id": "ya", "en": "yes"},
    "tags": {"id": "layanan publik", "en": "public service"},
}


def template_text(format_: str, language: str) -> str:
    """Write the template as ``csv`` or ``yaml``, in ``id`` or ``en``."""
    return _yaml(language) if format_ == "yaml" else _csv(language)


def _csv(language: str) -> str:
    stream = io.StringIO()
    # Spreadsheets set to Indonesian part cells by semicolons: the comma marks decimals there.
    writer = csv.writer(stream, delimiter=";" if language == "id" else ",", lineterminator="\r\n")
    writer.writerow([_name(index, language) for index in range(len(FIELDS))])
    writer.writerow([_SAMPLE[field.key][language] for field in FIELDS])
    return stream.getvalue()


def _yaml(language: str) -> str:
    lines = ["schema_version: 1", "assets:"]
    for index, field in enumerate(FIELDS):
        value = _SAMPLE[field.key][language]
        if field.key in ("addresses", "hostnames"):
            value = f"[{', '.join(value.split())}]"
        elif field.key == "tags":
            value = f"[{value}]"
        elif field.key == "in_scope":
            value = "true"
        lines.append(f"  {'- ' if index == 0 else '  '}{_name(index, language)}: {value}")
    return "\n".join(lines) + "\n"


def _name(index: int, language: str) -> str:
    return FIELDS[index].names[0 if language == "id" else 1]
