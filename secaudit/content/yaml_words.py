"""What libyaml complains of, marked so that it can be said in the user's language."""

import yaml

from secaudit.core.errors import Phrase, mark

PROBLEMS = (
    mark("mapping values are not allowed in this context"),
    mark("did not find expected key"),
    mark("did not find expected ',' or ']'"),
    mark("did not find expected ',' or '}'"),
    mark("did not find expected '-' indicator"),
    mark("did not find expected <document start>"),
    mark("did not find expected node content"),
    mark("could not find expected ':'"),
    mark("found character that cannot start any token"),
    mark("found a tab character where an indentation space is expected"),
    mark("found unexpected end of stream"),
    mark("found unexpected document indicator"),
    mark("found unknown escape character"),
    mark("found undefined alias"),
    mark("found undefined tag handle"),
    mark("found incompatible YAML document"),
    mark("second occurrence"),
    mark("but found another document"),
    mark("block sequence entries are not allowed in this context"),
    mark("did not find expected alphabetic or numeric character"),
)
_UNREADABLE = mark("it holds a character that YAML does not allow")
_OTHER = mark("it cannot be read")


def yaml_words(error: Exception) -> Phrase:
    """Why a text is not YAML; in libyaml's words where nobody has translated them."""
    if isinstance(error, yaml.MarkedYAMLError):
        return Phrase(error.problem or _OTHER)
    return Phrase(_UNREADABLE if isinstance(error, yaml.reader.ReaderError) else _OTHER)
