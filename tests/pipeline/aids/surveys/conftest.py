"""What tests of surveys of sites may ask for: a stand-in of the services, and a catalogue of small sites."""

from __future__ import annotations

from tests.pipeline.air.survey import conftest as gathering
from tests.survey_stand_in import fixtures

world, server = fixtures.world, fixtures.server
add_site = gathering.add_site
