"""What a model found wrong with a value, as a sentence that can be translated."""

from collections.abc import Mapping

from pydantic_core import ErrorDetails, PydanticCustomError

from secaudit.core.errors import Phrase, SecauditError, mark

_OURS = "said"


def said(template: str, **facts: object) -> PydanticCustomError:
    """What a validator of ours raises: the template is translated when the fault is shown."""
    message = template.format(**facts).replace("{", "(").replace("}", ")")
    return PydanticCustomError(_OURS, message, {"said": template, "facts": facts})


_AT_LEAST = mark("{where} must be at least {bound}")
_AT_MOST = mark("{where} must be at most {bound}")
_ONE_OF = mark("{where} must be one of: {bound}")
_SHORT = mark("{where} must not be empty")
_LONG = mark("{where} is too long: at most {bound}")
_UNFIT = mark("{where} does not have a value that fits here")
_WHOLE = Phrase(mark("the document"))
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
    "date_parsing": (mark("{where} must be a date such as 2026-11-21"), ""),
    "date_from_datetime_inexact": (mark("{where} must be a date such as 2026-11-21"), ""),
    "datetime_parsing": (mark("{where} must be a moment such as 2026-11-21T18:00"), ""),
    "datetime_type": (mark("{where} must be a moment such as 2026-11-21T18:00"), ""),
    "int_parsing": (mark("{where} must be a whole number"), ""),
    "float_parsing": (mark("{where} must be a number"), ""),
    "finite_number": (mark("{where} must be a number"), ""),
    "bool_parsing": (mark("{where} must be true or false"), ""),
    "set_type": (mark("{where} must be a list"), ""),
    "frozen_set_type": (mark("{where} must be a list"), ""),
    "list_type": (mark("{where} must be a list"), ""),
    "tuple_type": (mark("{where} must be a list"), ""),
    "dict_type": (mark("{where} must be a mapping of keys to values"), ""),
    "mapping_type": (mark("{where} must be a mapping of keys to values"), ""),
    "model_type": (mark("{where} must be a mapping of keys to values"), ""),
    "greater_than_equal": (_AT_LEAST, "ge"),
    "less_than_equal": (_AT_MOST, "le"),
    "greater_than": (mark("{where} must be more than {bound}"), "gt"),
    "less_than": (mark("{where} must be less than {bound}"), "lt"),
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
    context = fault.get("ctx", {})
    if fault["type"] == _OURS:
        why = SecauditError(context["said"], **context["facts"])
        return ("{where}: {why}" if where else "{why}"), {"where": where, "why": why}
    template, bound = _TEMPLATES.get(fault["type"], (_UNFIT, ""))
    # Pydantic joins the last choice with an English word.
    limit = str(context.get(bound, "")).replace(" or ", ", ")
    return template, {"where": where or _WHOLE, "bound": limit}
