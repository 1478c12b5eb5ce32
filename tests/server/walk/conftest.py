"""A walk that is served by the real server, and a browser for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from carreau.base.schema.bundle import Manifest
from server.viewer.tools.static_files import build
from tests.browser import Browser
from tests.conftest import need
from tests.server.asking import served
from tests.server.walk.between import Network, network_to
from tests.server.walk.walks import publish_walk


@dataclass(frozen=True)
class Walk:
    """A published walk.

    static : the scripts as they are now
    """

    folder: Path
    static: Path
    manifest: Manifest


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """What is patched for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def walk(
    viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> Walk:
    """The walk of these tests."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    folder = tmp_path_factory.mktemp("walk")
    build(viewer_modules, folder / "static")
    # What is published once is compressed for a minute; this is served for one.
    monkeypatch_module.setattr("carreau.site.content_store._quality", lambda *_: 1)
    return Walk(folder / "bundle", folder / "static", publish_walk(folder / "bundle", folder / "static"))


@pytest.fixture(scope="module")
def walker(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser: what it stores is apart by origin."""
    made = Browser(chromium, tmp_path_factory.mktemp("walker"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(walk: Walk) -> Iterator[int]:
    """The port of the real server, a process of its own."""
    with served(walk.folder, "--no-access-log") as (port, _):
        yield port


@pytest.fixture
def network(server: int) -> Iterator[Network]:
    """A way to it."""
    with network_to(server) as made:
        yield made
