"""Fixtures of the stand-in, which `conftest.py` of a folder names as its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.air.survey.services import Services, read_services
from tests.survey_stand_in.stand_in_server import StandIn, World, stand_in


@pytest.fixture
def world() -> World:
    """What the stand-in has."""
    return World()


@pytest.fixture
def server(world: World) -> Iterator[StandIn]:
    """A stand-in of the services."""
    with stand_in(world) as running:
        yield running


@pytest.fixture
def services_file(server: StandIn, tmp_path: Path) -> Path:
    """The `services.toml` of the stand-in."""
    path = tmp_path / "stand-in.toml"
    path.write_text(server.services())
    return path


@pytest.fixture
def services(services_file: Path) -> Services:
    """The services of the stand-in."""
    return read_services(services_file)
