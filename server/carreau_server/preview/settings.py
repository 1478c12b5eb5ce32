"""PreviewSettings of the preview server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request


@dataclass(frozen=True)
class PreviewSettings:
    """PreviewSettings of an app.

    models : an output folder of `carreau model`, or a folder of such folders
    static : the viewer's libraries, built by `make setup`
    """

    models: Path
    static: Path = Path(__file__).parents[1] / "static"


class PreviewError(Exception):
    """Any failure the server foresees."""


class UnknownModelError(PreviewError):
    """No model has that name."""


class UnknownFileError(PreviewError):
    """A model, or the viewer, has no file of that name."""


STATUSES: dict[type[PreviewError], int] = {UnknownModelError: 404, UnknownFileError: 404}


def settings_of(request: Request) -> PreviewSettings:
    """Return the settings of the app that answers."""
    settings = request.app.state.settings
    if not isinstance(settings, PreviewSettings):
        raise TypeError("the app was not created by create_app")
    return settings


SettingsNow = Annotated[PreviewSettings, Depends(settings_of)]
