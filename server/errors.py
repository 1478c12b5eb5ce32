"""Name what can be asked in vain, and the one table that says which HTTP status it is.

ServerError
├── NotThereError           nothing has that address
├── NotAcceptableError      it is there, in no form that is accepted
├── UnfitError              no model is as small as asked
├── QuestionError           the question itself is wrong
├── UnsupportedError        a format that is not written here
├── RangeError              no byte of the file is in the range
├── TooManyError            too many requests from one address
└── RottenError             a bundle is not what its manifest says
"""

from __future__ import annotations

from collections.abc import Mapping


class ServerError(Exception):
    """Any failure that the server foresees.

    key : of its sentence in `said.SENTENCES`
    values : for the sentence
    faults : parameter, key and values of what is wrong with a question
    headers : that belong to such an answer
    """

    def __init__(
        self,
        key: str = "",
        values: Mapping[str, object] | None = None,
        *,
        faults: tuple[tuple[str, str, Mapping[str, object]], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the sentence needs."""
        super().__init__(key)
        self.key, self.values = key, dict(values or {})
        self.faults, self.headers = faults, dict(headers or {})


class NotThereError(ServerError):
    """Nothing has that address."""


class NotAcceptableError(ServerError):
    """It is there, in no form that is accepted."""


class UnfitError(ServerError):
    """No model is as small as asked."""


class QuestionError(ServerError):
    """The question itself is wrong."""


class UnsupportedError(ServerError):
    """A format that is not written here."""


class RangeError(ServerError):
    """No byte of the file is in the range."""


class TooManyError(ServerError):
    """Too many requests came from one address."""


class RottenError(ServerError):
    """A bundle is not what its manifest says."""


STATUSES: dict[type[ServerError], int] = {
    NotThereError: 404,
    UnfitError: 404,
    NotAcceptableError: 406,
    QuestionError: 400,
    UnsupportedError: 501,
    RangeError: 416,
    TooManyError: 429,
    RottenError: 503,
}


def refused(parameter: str, key: str, **values: object) -> QuestionError:
    """Return the error for one wrong parameter."""
    return QuestionError("question", faults=((parameter, key, values),))
