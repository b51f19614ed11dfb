"""PDFs for the tests, set by Typst or built by pypdf: with text, without, locked, or broken."""

import io

import pypdf
import typst

PAGE = '#set page(width: 16cm, height: 20cm)\n#set text(lang: "id", size: 11pt)\n'


def of_text(text: str) -> bytes:
    """A PDF whose pages hold the text, line by line."""
    lines = "\n".join(f"#raw({_quoted(line)})\\" for line in text.splitlines())
    return typst.compile((PAGE + lines).encode(), format="pdf")


def of_pictures(pages: int = 2) -> bytes:
    """A PDF whose pages are shapes, as a scan without recognised text."""
    shapes = "#pagebreak()\n".join(["#rect(width: 8cm, height: 9cm, fill: gray)\n"] * pages)
    return typst.compile((PAGE + shapes).encode(), format="pdf")


def locked(content: bytes) -> bytes:
    """The same, encrypted; the password to open it is empty, as for a ban on copying."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt("", "pemilik", algorithm="AES-256")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def of_blank_pages(pages: int) -> bytes:
    """A PDF of many pages without anything on them."""
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _quoted(line: str) -> str:
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
