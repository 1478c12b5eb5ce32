"""A published show, and a way to the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.base.package_folders import STATIC
from tests.conftest import need
from tests.server.asking import served
from tests.server.show.shows import publish_show
from tests.server.walk.between import Network, network_to


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trails and their show."""
    need((STATIC / "show.js").is_file(), "the viewer is not built: make setup")
    return publish_show(tmp_path_factory.mktemp("show"))


@pytest.fixture(scope="module")
def network(bundle: Path) -> Iterator[Network]:
    """A way to the server, which can be cut."""
    with served(bundle, "--no-access-log") as (port, _), network_to(port) as made:
        yield made
