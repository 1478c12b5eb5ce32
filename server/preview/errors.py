"""Errors of the preview and their HTTP status codes."""

from __future__ import annotations


class ServerError(Exception):
    """Any failure the server foresees."""


class UnknownModelError(ServerError):
    """No model has that name."""


class UnknownFileError(ServerError):
    """A model, or the viewer, has no file of that name."""


STATUSES: dict[type[ServerError], int] = {UnknownModelError: 404, UnknownFileError: 404}
