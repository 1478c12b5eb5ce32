"""Name what a visitor may ask for in vain, and the one table that says which HTTP status it is."""

from __future__ import annotations


class ServerError(Exception):
    """Any failure the server foresees."""


class UnknownModelError(ServerError):
    """No model has that name."""


class UnknownFileError(ServerError):
    """A model, or the viewer, has no file of that name."""


STATUSES: dict[type[ServerError], int] = {UnknownModelError: 404, UnknownFileError: 404}
