"""What tests of gathering may ask for: a stand-in of the services, and a catalogue of small sites."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyproj import Transformer

from carreau.air.survey.http_client import HttpClient
from carreau.air.survey.services import Area, Services, site_area
from carreau.air.survey.source import KeptAnswers, Source
from tests.survey_stand_in import fixtures

SHEET = """# Une fosse.
name = "Fosse {slug}"
kind = "{kind}"
theme = "exploitation"
commune = "Wallers"
insee = "59632"
summary = "Une fosse."  # court
outline = "outline.geojson"

[[rights]]
of = "textes"
credit = ""
"""

_TO_DEGREES = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)


world, server, services = fixtures.world, fixtures.server, fixtures.services
services_file = fixtures.services_file


@dataclass
class Waits:
    """A clock that moves when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Note it, and move on."""
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def waits() -> Waits:
    """What the client sleeps."""
    return Waits()


@pytest.fixture
def client(services: Services, waits: Waits) -> HttpClient:
    """A client that does not wait."""
    return HttpClient(services.client, sleep=waits.sleep, clock=waits.clock)


@pytest.fixture
def source(client: HttpClient, tmp_path: Path) -> Source:
    """Answers of the stand-in."""
    return Source(client, KeptAnswers(tmp_path / "kept", 7))


def rectangle(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """Return the outline of a rectangle in Lambert-93 as GeoJSON in degrees."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [list(_TO_DEGREES.transform(*corner)) for corner in corners]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


AddSite = Callable[..., Path]


@pytest.fixture
def add_site(tmp_path: Path) -> AddSite:
    """Add a site to the catalogue in `assets`; returns its folder."""

    def add(slug: str, *bounds: float, kind: str = "fosse") -> Path:
        folder = tmp_path / "assets" / "sites" / slug
        folder.mkdir(parents=True)
        (folder / "site.toml").write_text(SHEET.format(slug=slug, kind=kind))
        (folder / "outline.geojson").write_text(json.dumps(rectangle(*bounds)))
        return folder

    return add


@pytest.fixture
def area(services: Services, tmp_path: Path) -> Area:
    """A place of 30 × 20 m within a tile, with 5 m around."""
    path = tmp_path / "outline.geojson"
    path.write_text(json.dumps(rectangle(730_210.0, 7_031_110.0, 730_240.0, 7_031_130.0)))
    return site_area(path, services.place, 5.0)
