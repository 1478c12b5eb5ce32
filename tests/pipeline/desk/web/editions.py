"""Desks over a small catalogue that is published, for tests of what happens before and while one publishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carreau.desk.history import Editor
from carreau.desk.web.desk import Desk, Publishing
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from carreau.site.publish.publication import PublishOptions
from carreau.site.publish.publish import draft, publish
from tests.pipeline.desk.web.desks import desk_over
from tests.pipeline.site.publish.editions import edition

PLACE, OTHER = "fosse-mathilde", "terril-renard"


def options_of(folder: Path) -> PublishOptions:
    return PublishOptions(
        folder / "assets", folder / "models", folder / "media", folder / "bundle", "https://mine.example"
    )


def published(folder: Path) -> PublishOptions:
    """Publish two real places into a folder, little compressed."""
    edition(folder, (PLACE, OTHER))
    options = options_of(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carreau.site.content_store._quality", lambda *_: 5)
        publish(options, Cache(folder / "cache"), Quiet(), lambda *_: None)
    return options


def drafted(options: PublishOptions) -> str:
    """Build the next release, as the command does; return its id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carreau.site.content_store._quality", lambda *_: 5)
        return draft(options, Cache(options.assets.parent / "cache"), Quiet(), lambda *_: None).release


def publishing_desk(options: PublishOptions, needs_review: bool = False, editor: Editor | None = None) -> Desk:
    """A desk that publishes; the name of another editor may be given."""
    publishing = Publishing(options, Cache(options.assets.parent / "cache"), needs_review=needs_review)
    desk = desk_over(options.assets)
    return replace(desk, publishing=publishing, editor=editor or desk.editor)
