"""What tests of routes and surveys may ask for: a stand-in of the services, and a catalogue with a route or sites."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carreau.air.survey.http_client import HttpClient
from carreau.air.survey.services import Services
from carreau.air.survey.source import KeptAnswers, Source
from carreau.command.cli import main
from tests.pipeline.air.survey import conftest as gathering
from tests.survey_stand_in import fixtures
from tests.survey_stand_in.stand_in_server import StandIn

LON, LAT = 3.4, 50.38
PLACES = [(LON, LAT), (LON + 0.012, LAT + 0.001), (LON + 0.0115, LAT + 0.0085), (LON + 0.001, LAT + 0.009)]
HEAD = """# Un itinéraire.
name = "Essai"
standing = "proposal"  # à essayer
mode = "{mode}"
loop = true
summary = "Quatre lieux."

path = ""  # le tracé
path_measure = "indicative"
length_measure = "indicative"
"""
STOP = """
[[stop]]
text = "Ici."
optional = {optional}

[stop.place]
name = "Lieu {number}"
commune = "Wallers"
insee = "59632"

[stop.place.position]
lon = {lon}
lat = {lat}
basis = "essai"
"""
RIGHTS = """
# Qui signe.
[[rights]]
of = "textes"
credit = "Équipe"
licence = "CC-BY-4.0"
"""


world, server, services = fixtures.world, fixtures.server, fixtures.services
services_file = fixtures.services_file
add_site = gathering.add_site


@pytest.fixture
def source(services: Services, tmp_path: Path) -> Source:
    """Answers of the stand-in, without waits."""
    client = HttpClient(services.client, sleep=lambda _seconds: None)
    return Source(client, KeptAnswers(tmp_path / "kept", 7))


AddRoute = Callable[..., Path]


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """An empty catalogue."""
    (tmp_path / "assets" / "sites").mkdir(parents=True)
    (tmp_path / "assets" / "routes").mkdir()
    (tmp_path / "assets" / "communes.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    return tmp_path / "assets"


@pytest.fixture
def add_route(assets: Path) -> AddRoute:
    """Add a route of places in the catalogue; returns its file."""

    def add(
        slug: str = "essai", places: list[tuple[float, float]] | None = None, optional: int = -1, mode: str = "walk"
    ) -> Path:
        stops = "".join(
            STOP.format(number=number, lon=lon, lat=lat, optional=str(number == optional).lower())
            for number, (lon, lat) in enumerate(places or PLACES)
        )
        path = assets / "routes" / f"{slug}.toml"
        path.write_text(HEAD.format(mode=mode) + stops + RIGHTS, encoding="utf-8")
        return path

    return add


Survey = Callable[..., int]
"""Runs `carreau survey` with arguments, and returns the exit code."""


@pytest.fixture
def survey(server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Survey:
    """Run `carreau survey` on the catalogue in `assets`; returns the exit code."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")
    (tmp_path / "assets" / "sites").mkdir(parents=True, exist_ok=True)
    (tmp_path / "assets" / "services.toml").write_text(server.services())

    def run(*arguments: str) -> int:
        return main(["survey", *arguments, "--assets", str(tmp_path / "assets"), "--cache", str(tmp_path / "cache")])

    return run
