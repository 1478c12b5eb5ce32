"""Errors of the API; `responses.py` maps them to HTTP.

ServerError
├── NotFoundError             no such resource
├── NotAcceptableError        no representation in an accepted format
├── InvalidParameterError     wrong query parameters
├── UnsupportedFormatError    a format that is not implemented
├── RangeNotSatisfiableError  no byte of the file is in the range
└── CorruptBundleError        the bundle is not what its manifest says
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from carreau.base.package_folders import LOCALES
from carreau.base.schema.requests import PROBLEMS


@dataclass(frozen=True)
class ParameterError:
    """An error of one parameter.

    message : key in `messages.PARAMETER_ERRORS`
    values : for the placeholders of the message
    """

    parameter: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


class ServerError(Exception):
    """Any failure that the server foresees.

    code : of the problem, a key of `carreau.base.schema.requests.PROBLEMS`
    values : for the placeholders of its text
    headers : that belong to such a response
    """

    default_code = "internal-error"

    def __init__(
        self, code: str = "", values: Mapping[str, object] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep the values of the text."""
        self.code, self.values, self.headers = code or self.default_code, dict(values or {}), dict(headers or {})
        super().__init__(self.code)


class NotFoundError(ServerError):
    """No such resource."""

    default_code = "not-found"


class NotAcceptableError(ServerError):
    """No representation in an accepted format."""

    default_code = "not-acceptable"


class InvalidParameterError(ServerError):
    """Wrong query parameters, one or several."""

    default_code = "invalid-parameter"

    def __init__(self, *errors: ParameterError) -> None:
        """Keep the errors of the parameters."""
        super().__init__()
        self.errors = errors


class UnsupportedFormatError(ServerError):
    """A format that is not implemented."""

    default_code = "format-not-supported"


class RangeNotSatisfiableError(ServerError):
    """No byte of the file is in the range."""

    default_code = "range-not-satisfiable"


class CorruptBundleError(ServerError):
    """The bundle is not what its manifest says.

    reason : for the log and `/readyz`'s readers; a client only learns that something is damaged
    """

    default_code = "bundle-corrupt"

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


def invalid(parameter: str, message: str, **values: object) -> InvalidParameterError:
    """Return the error for one wrong parameter."""
    return InvalidParameterError(ParameterError(parameter, message, values))


SOURCE = "en"
PARAMETER_ERRORS: dict[str, str | tuple[str, str, str]] = {
    "unknown": "Unknown parameter. Known parameters: %(names)s.",
    "missing": "This parameter is required.",
    "number": "Must be a number.",
    "integer": "Must be a whole number.",
    "minimum": "Must be at least %(minimum)s.",
    "maximum": "Must be at most %(maximum)s.",
    "too-short": ("Must have at least %(minimum)s character.", "Must have at least %(minimum)s characters.", "minimum"),
    "too-long": ("Must have at most %(maximum)s character.", "Must have at most %(maximum)s characters.", "maximum"),
    "choice": "Must be one of: %(choices)s.",
    "bbox": "Must be four numbers in degrees: west,south,east,north.",
    "point": "Must be two numbers in degrees: longitude,latitude.",
    "cursor": "Not a valid cursor for this list; use the one in “next”.",
    "datetime": "Must be a date and time, or two separated by a slash, as in RFC 3339.",
    "timestamp": "Must be a date, or a date and time with its offset, as in RFC 3339.",
    "requires": "Only valid together with “%(other)s”.",
    "invalid": "Not valid; see the API description.",
}
"""What can be wrong with a parameter; (singular, plural, placeholder that counts) where the text counts something."""

TEXTS: dict[str, str] = {
    "catalogue": "Mining heritage sites: models, texts and routes.",
    "sites": "Sites",
    "sites-description": "The sites of the catalogue, each a point or the outline of its area.",
}
"""Texts of OGC API Features."""


class Messages:
    """The texts in every language."""

    def __init__(self, locales: Path = LOCALES) -> None:
        """Read the translations; a language without any falls back to English."""
        self._translations: dict[str, gettext.NullTranslations] = {}
        for path in sorted(locales.glob("*/LC_MESSAGES/server.po")):
            compiled = io.BytesIO()
            with path.open("rb") as stream:
                # Translations that await review are marked fuzzy, and used all the same.
                write_mo(compiled, read_po(stream), use_fuzzy=True)
            compiled.seek(0)
            self._translations[path.parts[-3]] = gettext.GNUTranslations(compiled)

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that have texts."""
        return (SOURCE, *self._translations)

    def problem_title(self, code: str, lang: str) -> str:
        """Return the title of a problem type."""
        return self._gettext(PROBLEMS[code].title, lang)

    def problem_meaning(self, code: str, lang: str) -> str:
        """Return the description of a problem type."""
        return self._gettext(PROBLEMS[code].meaning, lang)

    def problem_remedy(self, code: str, lang: str) -> str:
        """Return the remedy of a problem type."""
        return self._gettext(PROBLEMS[code].remedy, lang)

    def problem_detail(self, code: str, lang: str, values: Mapping[str, object]) -> str:
        """Return the sentence about one occurrence of a problem."""
        return self._gettext(PROBLEMS[code].detail, lang) % _Placeholders(values)

    def parameter_error(self, key: str, lang: str, values: Mapping[str, object]) -> str:
        """Return the text of a parameter's error."""
        text = PARAMETER_ERRORS[key]
        if isinstance(text, str):
            return self._gettext(text, lang) % _Placeholders(values)
        singular, plural, counted = text
        count = int(str(values.get(counted, 0)))
        translations = self._translations.get(lang, _ENGLISH)
        return translations.ngettext(singular, plural, count) % _Placeholders(values)

    def text(self, key: str, lang: str) -> str:
        """Return a text of `TEXTS`."""
        return self._gettext(TEXTS[key], lang)

    def _gettext(self, text: str, lang: str) -> str:
        return self._translations.get(lang, _ENGLISH).gettext(text)


_ENGLISH = gettext.NullTranslations()


class _Placeholders(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"
