"""What a model found wrong with a value, as a sentence that can be translated."""

from collections.abc import Mapping

from pydantic_core import ErrorDetails


def mark(message: str) -> str:
    """Mark a message for translation; this floor does not know the languages."""
    return message


_AT_LEAST = mark("{where} must be at least {bound}")
_AT_MOST = mark("{where} must be at most {bound}")
_ONE_OF = mark("{where} must be one of: {bound}")
_SHORT = mark("{where} must not be empty")
_LONG = mark("{where} is too long: at most {bound}")
_TEMPLATES: Mapping[str, tuple[str, str]] = {
    "missing": (mark("{where} is missing"), ""),
    "extra_forbidden": (mark("unknown key {where!r}"), ""),
    "string_type": (mark("{where} must be text"), ""),
    "int_type": (mark("{where} must be a whole number"), ""),
    "int_from_float": (mark("{where} must be a whole number"), ""),
    "float_type": (mark("{where} must be a number"), ""),
    "bool_type": (mark("{where} must be true or false"), ""),
    "date_type": (mark("{where} must be a date such as 2026-11-21"), ""),
    "date_from_datetime_parsing": (mark("{where} must be a date such as 2026-11-21"), ""),
    "list_type": (mark("{where} must be a list"), ""),
    "tuple_type": (mark("{where} must be a list"), ""),
    "dict_type": (mark("{where} must be a mapping of keys to values"), ""),
    "mapping_type": (mark("{where} must be a mapping of keys to values"), ""),
    "model_type": (mark("{where} must be a mapping of keys to values"), ""),
    "greater_than_equal": (_AT_LEAST, "ge"),
    "less_than_equal": (_AT_MOST, "le"),
    "literal_error": (_ONE_OF, "expected"),
    "enum": (_ONE_OF, "expected"),
    "string_too_short": (_SHORT, ""),
    "too_short": (_SHORT, ""),
    "string_too_long": (_LONG, "max_length"),
    "too_long": (_LONG, "max_length"),
    "string_pattern_mismatch": (mark("{where} does not have the form {bound}"), "pattern"),
}


def sentence(fault: ErrorDetails, where: str) -> tuple[str, dict[str, object]]:
    """The template for one fault, and the facts that fill it."""
    known = _TEMPLATES.get(fault["type"])
    if known is None or not where:
        why = fault["msg"].removeprefix("Value error, ")
        return ("{where}: {why}" if where else "{why}"), {"where": where, "why": why}
    template, bound = known
    context = fault.get("ctx", {})
    return template, {"where": where, "bound": context.get(bound, "")}
