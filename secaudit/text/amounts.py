"""Numbers as people write them here: with points or commas, and Rp before an amount."""

import re

from secaudit.core.errors import InputError

_GROUPED = re.compile(r"\d{1,3}([.,\s]\d{3})+([.,]0{1,2})?|\d{1,16}([.,]0{1,2})?")
_DAYS = re.compile(r"\d{1,6}([.,]\d{1,2})?")
_DAYS_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+,\d{1,2}|\d{1,3}(,\d{3})+\.\d{1,2}")
_CURRENCY = re.compile(r"^(rp|idr)\.?\s*")
_NO_CENTS = re.compile(r"[.,]0{1,2}$")


def read_amount(text: str) -> int:
    """Read whole units of a currency: ``15000000``, ``15.000.000``, ``Rp 15.000.000,00``.

    Points and commas part thousands; a fraction of a unit is none. Raises InputError.
    """
    plain = _CURRENCY.sub("", text.strip().lower())
    found = _GROUPED.fullmatch(plain)
    whole = _NO_CENTS.sub("", plain)
    marks = set(re.findall(r"[.,\s]", whole))
    if found is None or len(marks) > 1 or (marks and plain[len(whole) : len(whole) + 1] in marks):
        raise InputError("{value!r} is not a whole amount such as 15000000", value=text)
    return int(re.sub(r"[.,\s]", "", whole))


def read_effort(text: str) -> float:
    """Read person-days: ``2``, ``2.5``, ``2,5`` or ``1.000,5``. Raises InputError.

    ``1.000`` alone is refused: it is a thousand here, and one elsewhere.
    """
    plain = text.strip()
    if _DAYS_GROUPED.fullmatch(plain) is not None:
        mark = plain[-3:].strip("0123456789")
        plain = plain.replace("." if mark == "," else ",", "")
    if _DAYS.fullmatch(plain) is None:
        raise InputError("{value!r} is not a number of person-days such as 2.5", value=text)
    return float(plain.replace(",", "."))
