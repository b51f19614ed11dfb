"""The resolver of a workspace: read with it, and given to each scan."""

import pytest
from pydantic import ValidationError

from secaudit.app.settings import Settings


@pytest.mark.parametrize("text", ["", "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53"])
def test_a_resolver_is_an_address(text: str) -> None:
    assert Settings(organisation="Kota Contoh", resolver=text).resolver == text


@pytest.mark.parametrize("text", ["resolver.example", "192.0.2.53:0", "[::1", " "])
def test_what_is_no_resolver_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no resolver"):
        Settings(organisation="Kota Contoh", resolver=text)
