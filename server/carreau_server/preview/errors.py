"""Errors of the preview and their HTTP status codes."""

from __future__ import annotations


class PreviewError(Exception):
    """Any failure the server foresees."""


class UnknownModelError(PreviewError):
    """No model has that name."""


class UnknownFileError(PreviewError):
    """A model, or the viewer, has no file of that name."""


STATUSES: dict[type[PreviewError], int] = {UnknownModelError: 404, UnknownFileError: 404}
