"""Text out of a PDF, read by a process of its own that is bounded in memory, time and pages.

A PDF is a program for a page and may be made to exhaust whoever reads it; so the reading happens
apart, and what it says is checked. That process takes the file on its standard input and prints
JSON: ``{"pages": [...]}`` or ``{"fault": "..."}``.
"""

import io
import json
import resource
import subprocess
import sys
from pathlib import Path

from controls.regulation.decoding import LARGEST_TEXT, too_large
from secaudit.core.errors import InputError
from secaudit.text.language import N_

SIGNATURE = b"%PDF-"
LARGEST_FILE = 64 * 2**20
MOST_PAGES = 3000
SECONDS = 120
_MEMORY = 2 * 2**30
_FEWEST_LETTERS = 20
_ROOT = Path(__file__).parents[2]
_START = f"""
import sys
sys.path.insert(0, {str(_ROOT)!r})
from controls.regulation.pdf_text import main
main()
"""
FAULTS = {
    "encrypted": (
        N_("the PDF is protected by a password or against copying"),
        N_("give a copy without protection, or its text"),
    ),
    "pages": (
        N_("the PDF has more than {pages} pages"),
        N_("give the pages of one regulation"),
    ),
    "size": (
        N_("larger than {limit} MiB of text"),
        N_("give the pages of one regulation"),
    ),
    "broken": (
        N_("the PDF cannot be read"),
        N_("save it anew from a PDF program, or give its text"),
    ),
    "time": (
        N_("the PDF takes more than {seconds} seconds or too much memory to read"),
        N_("save it anew from a PDF program, or give its text"),
    ),
    "empty": (
        N_("the PDF has no text: its pages are pictures"),
        N_("recognise its text first, for instance with: ocrmypdf -l ind"),
    ),
}


def read_pdf(content: bytes, source: str) -> str:
    """The text, a form feed between pages. Raises InputError for what has none or is hostile."""
    try:
        done = subprocess.run(  # noqa: S603  (this interpreter and a fixed program)
            [sys.executable, "-I", "-c", _START],
            input=content,
            capture_output=True,
            timeout=SECONDS + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _fault("time", source) from None
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else {"fault": "time"}
    except ValueError:
        answer = {"fault": "broken"}
    if "fault" in answer:
        raise _fault(answer["fault"], source)
    text = "\n\f".join(answer["pages"])
    if len(text) > LARGEST_TEXT:
        raise too_large(source)
    if sum(letter.isalpha() for letter in text[:LARGEST_TEXT]) < _FEWEST_LETTERS:
        raise _fault("empty", source)
    return text


def _fault(code: str, source: str) -> InputError:
    message, hint = FAULTS[code]
    return InputError(
        message,
        hint=hint,
        source=source,
        pages=MOST_PAGES,
        limit=LARGEST_TEXT // 2**20,
        seconds=SECONDS,
    )


def main() -> None:
    """Print the text of the pages of the file on standard input, as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(_pages(io.BytesIO(sys.stdin.buffer.read()))))


def _pages(stream: io.BytesIO) -> dict[str, object]:
    import logging
    import warnings

    from pypdf import PdfReader

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted:
            return {"fault": "encrypted"}
        if len(reader.pages) > MOST_PAGES:
            return {"fault": "pages"}
        pages: list[str] = []
        size = 0
        for page in reader.pages:
            text = page.extract_text().replace("\f", " ").encode("utf-8", "replace").decode()
            size += len(text)
            if size > LARGEST_TEXT:
                return {"fault": "size"}
            pages.append(text)
    except MemoryError:
        return {"fault": "time"}
    except Exception:  # whatever a broken PDF provokes, the user is told the same
        return {"fault": "broken"}
    return {"pages": pages}
