"""Errors of the API; `http/problems.py` maps them to HTTP.

ServerError
├── NotFoundError             no such resource
├── NotAcceptableError        no representation in an accepted format
├── InvalidParameterError     wrong query parameters
├── UnsupportedFormatError    a format that is not implemented
├── RangeNotSatisfiableError  no byte of the file is in the range
└── CorruptBundleError        the bundle is not what its manifest says
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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

    code : of the problem, a key of `carreau.base.schema.problems.PROBLEMS`
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
