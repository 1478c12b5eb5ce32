"""Harvesters take every site and route as Dublin Core: its fifteen elements and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.exports.dublin_core import dublin_core_route, dublin_core_site
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.xml_reading import tree

DC = "{http://purl.org/dc/elements/1.1/}"
ELEMENTS = {
    "contributor", "coverage", "creator", "date", "description", "format", "identifier", "language", "publisher",
    "relation", "rights", "source", "subject", "title", "type",
}  # fmt: skip
"""The Dublin Core Metadata Element Set 1.1; its schema for OAI-PMH is not among those beside the project."""


def told_in(document: bytes) -> dict[str, list[str]]:
    root = tree(document)
    assert root.tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
    said: dict[str, list[str]] = {}
    for each in root:
        assert isinstance(each.tag, str)
        assert each.tag.startswith(DC)
        assert not len(each)
        assert set(each.attrib) <= {"{http://www.w3.org/XML/1998/namespace}lang"}
        said.setdefault(each.tag.removeprefix(DC), []).append(each.text or "")
    assert set(said) <= ELEMENTS
    assert all(all(texts) for texts in said.values()), "nothing is empty"
    return said


@pytest.mark.parametrize("slug", told.REAL)
def test_every_site_is_told(slug: str) -> None:
    said = told_in(dublin_core_site(told.site(slug)))
    inscription = told.site(slug).entry.of.inscription
    assert inscription is not None
    assert told.site(slug).entry.of.name in said["title"]
    assert f"Mission Bassin Minier: {inscription.element}" in said["identifier"]
    assert "Mission Bassin Minier, Licence Ouverte 2.0" in said["rights"]
    assert "InteractiveResource" not in said["type"]


@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_route_is_told(slug: str) -> None:
    said = told_in(dublin_core_route(told.route(slug)))
    assert "Proposal: nothing has been checked on the ground." in said["description"]
    assert len(said["relation"]) >= len([stop for stop in told.route(slug).stops() if stop.site is not None])


def test_a_demonstration_says_that_it_is_simulated() -> None:
    said = told_in(dublin_core_site(told.site("demonstration")))
    assert any("what is shown of it is simulated" in text for text in said["description"])


def test_a_site_with_models_tells_doubts_and_standings(tmp_path: Path) -> None:
    said = told_in(dublin_core_site(made_up.site(tmp_path)))
    assert "InteractiveResource" in said["type"]
    assert said["format"] == ["model/gltf-binary", "model/vnd.usdz+zip"]
    assert "Unreviewed translations: nl, de." in said["description"]
    assert "en: mineurs — The sources disagree." in said["description"]
    assert "Reconstruction: hypothetical" in said["description"]
    assert "https://creativecommons.org/licenses/by/4.0/" in said["rights"]
    assert said["date"] == ["2026-11-26"]


def test_a_route_names_places_that_are_no_sites(tmp_path: Path) -> None:
    said = told_in(dublin_core_route(made_up.route(tmp_path)))
    assert "L’abbaye" in said["relation"]


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert dublin_core_site(made_up.site(tmp_path / "a")) == dublin_core_site(made_up.site(tmp_path / "b"))
