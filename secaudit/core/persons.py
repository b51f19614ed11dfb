"""When two names or accounts are those of one person, as far as the words alone can tell."""


def same_account(one: str, other: str) -> bool:
    """Tell whether two asserted accounts are of one name, on whichever machine."""
    return one.partition("@")[0].casefold() == other.partition("@")[0].casefold()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same, however they are spaced and capitalised."""
    return one.casefold().split() == other.casefold().split()
