"""A published show, and a way to the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.base.package_folders import STATIC
from tests.conftest import make_once, need
from tests.server.asking import served
from tests.server.show.shows import publish_show
from tests.server.walk.between import Network, network_to


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trails and their show."""
    need((STATIC / "show.js").is_file(), "the viewer is not built: make setup")
    return make_once(tmp_path_factory, "show", publish_show) / "bundle"


@pytest.fixture(scope="module")
def network(bundle: Path) -> Iterator[Network]:
    """A way to the server, which can be cut."""
    with served(bundle, "--no-access-log") as (port, _), network_to(port) as made:
        yield made
