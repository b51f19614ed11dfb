"""What every OSCAL document of this project has in common (NIST OSCAL 1.2).

The same content gives the same bytes: identifiers are made from what they name. What OSCAL has no
field for stands in properties of our own namespace.
"""

import json
import re
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from secaudit.core.canonical import printable

OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:secaudit:oscal"
_ROOT = uuid5(NAMESPACE_URL, NAMESPACE)

Json = dict[str, Any]


def uuid_of(*names: str) -> str:
    """The identifier of what these names name: always the same."""
    return str(uuid5(_ROOT, "\n".join(names)))


def uuid_of_content(kind: str, body: Json) -> str:
    """The identifier of a whole document: another one as soon as anything in it changes."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return str(uuid5(UUID(uuid_of(kind)), text))


def prop(name: str, value: str) -> Json:
    """A property of our namespace, on one line."""
    return {"name": name, "ns": NAMESPACE, "value": re.sub(r"\s+", " ", value).strip()}


def to_bytes(document: Json) -> bytes:
    """The bytes of a document: readable JSON in UTF-8, always the same for the same content."""
    return (printable(json.dumps(document, ensure_ascii=False, indent=2)) + "\n").encode()
