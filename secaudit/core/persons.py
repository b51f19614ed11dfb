"""When two names or accounts are those of one person, as far as the words alone can tell."""

import unicodedata

_LATIN = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕһԁԛԝвкмнт" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοικνρτυχε" + "ıȷɡ",
    "ABEKMHOPCTYXIJSQWaeopcyxijshdqwbkmht" + "ABEZHIKMNOPTYXaoikvptuxe" + "ijg",
)
"""Letters of the Cyrillic and the Greek script that look like a Latin one."""
_TITLES = "dr dra drs drg drh h haji hj hajjah ir kh prof rr"
"""Titles that stand before a name, without their dots."""
_DEGREES = (
    "ak akp amd amdkeb apt bba bsc cfe ccsp cisa cism cissp dr dra drs hj ir llb llm mak march mba"
    " mepid mfarm mh mhi mhum mik mikom mkes mkn mkom mm mmsi mp mpa mpd mph mpp mpsi msc mse msi"
    " msm msn msos mt mti phd prof sag sars sds se sfarm sgz sh shi shum siip sik sikom sip sked"
    " skeb skep skg skh skm skom skpm smn sn sos sp spd spdi spi spsi spt ssi ssit ssn ssos sst"
    " sstp st stp strkom"
)
"""Degrees that stand after a name, without their dots."""

_BEFORE, _AFTER = frozenset(_TITLES.split()), frozenset(_DEGREES.split())
_ALIKE = str.maketrans("01l", "oii")


def same_account(one: str, other: str) -> bool:
    """Tell whether two asserted accounts are of one name, on whichever machine."""
    return one.partition("@")[0].casefold() == other.partition("@")[0].casefold()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same, however they are written.

    Capitals, blanks, punctuation, wide letters, accents, look-alikes of other scripts, and titles
    before or after the name make no difference.
    """
    return folded(one) == folded(other)


def folded(name: str) -> str:
    """What is left of a name when only its letters and digits count; without its titles.

    A name of nothing but titles or signs is left as it is, but for capitals and blanks.
    """
    plain = unicodedata.normalize("NFKC", name).translate(_LATIN)
    plain = unicodedata.normalize("NFKD", plain.casefold()).translate(_LATIN)
    words = [_letters(word) for part in plain.split(",") for word in part.split()]
    kept = _without_titles([word for word in words if word])
    return "".join(kept) or " ".join(plain.split())


def looks_like(one: str, other: str) -> bool:
    """Tell whether two names could be taken for each other: 0 for O, 1 or l for I."""
    return folded(one).translate(_ALIKE) == folded(other).translate(_ALIKE)


def mixes_scripts(name: str) -> bool:
    """Tell whether the letters of a name are of more than one script."""
    letters = [char for char in unicodedata.normalize("NFKC", name) if char.isalpha()]
    return len({unicodedata.name(char, "?").split()[0] for char in letters}) > 1


def _letters(word: str) -> str:
    return "".join(char for char in word if char.isalnum())


def _without_titles(words: list[str]) -> list[str]:
    """The words of a name; a degree may be written apart, as in ``S. Kom``."""
    while len(words) > 1 and words[0] in _BEFORE:
        words = words[1:]
    while len(words) > 1:
        if words[-1] in _AFTER:
            words = words[:-1]
        elif len(words) > 2 and len(words[-2]) == 1 and words[-2] + words[-1] in _AFTER:
            words = words[:-2]
        else:
            break
    return words
