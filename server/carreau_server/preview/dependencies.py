"""Dependencies of the routes: settings of the app."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from carreau_server.preview.settings import PreviewSettings


def settings_of(request: Request) -> PreviewSettings:
    """Return the settings of the app that answers."""
    settings = request.app.state.settings
    if not isinstance(settings, PreviewSettings):
        raise TypeError("the app was not created by create_app")
    return settings


SettingsNow = Annotated[PreviewSettings, Depends(settings_of)]
