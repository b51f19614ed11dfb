from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from controls.library import Library, load_library

OWN_FRAMEWORK = """\
schema_version: 1
catalogue: kebijakan-kota-contoh
framework:
  kind: regulation
  title: {id: Kebijakan Keamanan Kota Contoh, en: Security Policy of the Sample City}
  short_title: {id: Kebijakan Kota Contoh, en: Sample City Policy}
  version: "1"
  status: in_force
  confidence: text_read
  bearers:
    wali-kota: {id: Wali Kota, en: Mayor}
requirements:
  - id: pasal-1
    kind: [obligation]
    title: {id: Penyandian, en: Encryption}
    summary: {id: Data disandikan., en: Data is encrypted.}
    modality: wajib
    bearers: [wali-kota]
    testability: scan_in_part
    related: [iso27001-2022:A.8.24]
  - id: pasal-2
    kind: [obligation]
    title: {id: Rapat, en: Meetings}
    summary: {id: Rapat diadakan., en: Meetings are held.}
    testability: manual
"""


class Overlay:
    """A content folder of a workspace, written file by file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def load(self) -> Library:
        return load_library(self.folder)


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    made = Overlay(tmp_path / "content")
    made.put("catalogs/kota-contoh.yaml", OWN_FRAMEWORK)
    return made


@pytest.fixture
def mapped(overlay: Overlay) -> Callable[[str], Library]:
    """Load the library with one own mapping file, given as the lines under ``checks:``."""

    def load(lines: str) -> Library:
        overlay.put(
            "mappings/own.yaml", "schema_version: 1\nchecks:\n" + indent(dedent(lines), "  ")
        )
        return overlay.load()

    return load
