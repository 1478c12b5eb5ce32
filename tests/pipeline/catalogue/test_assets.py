"""The 53 elements are in, as they were found: nothing lost, nothing made up."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import ERROR
from carreau.catalogue.catalogue import Catalogue, Entry, read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.check_texts import team_sentences
from carreau.catalogue.site import Site
from carreau.command.cli import main
from carreau.formats.geodata import read_outlines
from tests.conftest import PROJECT, need

ASSETS = PROJECT / "assets"
SHARED = PROJECT.parent / "shared" / "sites"

CORRECTED = {
    "fosse-mathilde": {
        "celui-ci, racheté, fut de nouveau loué. Une page locale le dit aujourd’hui muré ; depuis quand, aucune des "
        "pages que nous avons lues ne le dit.": "celui-ci, racheté, est de nouveau loué.",
    }
}
"""Sentences that two sources contradict, as the catalogue has them, and as the research had them."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(ASSETS)


@pytest.fixture(scope="module")
def official() -> dict[str, dict[str, Any]]:
    need((SHARED / "sites.json").is_file(), "the list of sites does not lie beside the project, in ../shared/sites")
    return {each["slug"]: each for each in json.loads((SHARED / "sites.json").read_bytes())}


def real(catalogue: Catalogue) -> dict[str, Entry[Site]]:
    """Return the sites that exist."""
    return {slug: entry for slug, entry in catalogue.sites.items() if not entry.of.is_apart}


def printed(text: str) -> str:
    """Return a text of the research with the apostrophes of print, as visitors read it."""
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


def is_kept(text: str, researched: str) -> bool:
    """Return whether a text is as researched, or was written anew because that held notes to the team."""
    return text == printed(researched) or (team_sentences(researched) != [] and team_sentences(text) == [])


def test_nothing_in_the_assets_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    checked = check_folder(ASSETS)
    assert [str(each) for each in checked.of_level(ERROR)] == []
    assert (checked.site_count, checked.demonstration_count, checked.example_count) == (53, 1, 1)
    assert (checked.route_count, checked.trail_count, checked.story_count) == (5, 3, 1)
    assert main(["check", "--assets", str(ASSETS)]) == 0
    assert (
        "53 sites, 1 demonstration, 1 example, 1 place of trails, 5 routes, 3 trails: 0 errors"
        in capsys.readouterr().out
    )


def test_the_53_are_those_of_the_list(catalogue: Catalogue, official: dict[str, dict[str, Any]]) -> None:
    assert set(real(catalogue)) == set(official)
    for slug, said in official.items():
        site = catalogue.sites[slug].of
        assert (site.name, site.kind, site.theme) == (printed(said["name_fr"]), said["kind"], said["theme"])
        assert (site.commune, site.insee) == (said["commune"], said["insee"])
        assert site.communes == tuple(map(printed, said["communes"]))
        assert (site.company, site.confidence) == (printed(said["company"] or ""), said["confidence"])
        assert is_kept(site.period_note, said["period"] or "")
        assert site.position is not None
        assert site.position.lon == pytest.approx(said["lon"], abs=1e-5)
        assert site.position.lat == pytest.approx(said["lat"], abs=1e-5)
        assert site.position.basis == said["coord_basis"]


def test_inscriptions_are_as_published(catalogue: Catalogue, official: dict[str, dict[str, Any]]) -> None:
    for slug, said in official.items():
        found = catalogue.sites[slug].of.inscription
        assert found is not None
        assert (found.list, found.code) == (1360, said["unesco_component"] or "")
        assert (found.component_number, found.component, found.element) == (
            said["unesco_component_no"], said["unesco_component_name"], said["mbm_id_unesco"],
        )  # fmt: skip
        for key in ("typology", "company", "period", "interest", "protection"):
            assert getattr(found, key) == (said[f"mbm_{key}"] or "")


def test_outlines_are_the_official_ones(catalogue: Catalogue, official: dict[str, dict[str, Any]]) -> None:
    features = json.loads((SHARED / "sites.geojson").read_bytes())["features"]
    geometries = {each["properties"]["slug"]: each["geometry"] for each in features}
    for slug in official:
        path = catalogue.sites[slug].folder / "outline.geojson"
        assert json.loads(path.read_bytes())["geometry"] == geometries[slug]
        [outline] = read_outlines(path)
        assert outline.properties["credit"] == "Mission Bassin Minier"
        assert outline.properties["licence"] == "Licence Ouverte 2.0"


def test_texts_facts_and_doubts_are_those_that_were_researched(
    catalogue: Catalogue, official: dict[str, dict[str, Any]]
) -> None:
    for slug, listed in official.items():
        data = json.loads((SHARED / "texts" / f"{slug}.json").read_bytes())
        site = catalogue.sites[slug].of
        assert site.summary == data["summary"]["fr"]
        for found, researched in CORRECTED.get(slug, {}).items():
            assert found in site.description
            data["description"]["fr"] = data["description"]["fr"].replace(researched, found)
        assert site.description == data["description"]["fr"]
        assert site.visit is not None
        assert is_kept(site.visit.see_today, (data["see_today"] or {"fr": ""})["fr"])
        assert len(site.source) == len(data["sources"])
        in_extent = {"area_ha", "share_in_caph", "communes"}
        kept = sum(fact["key"] not in in_extent for fact in data["facts"])
        assert len(site.fact) + len(site.date) + len(site.architect) == kept
        assert len(site.questions) >= len(data["gaps"]) + bool(listed["notes"])


def test_every_fact_has_its_source_and_every_site_its_rights(catalogue: Catalogue) -> None:
    for entry in real(catalogue).values():
        site = entry.of
        assert all(each.source for each in site.fact)
        assert all(each.source for each in site.date)
        assert all(each.source for each in site.architect)
        credits_ = {right.credit: right.licence for right in site.rights}
        assert credits_["Mission Bassin Minier"] == "Licence Ouverte 2.0"


def test_routes_are_in_as_proposals(catalogue: Catalogue, official: dict[str, dict[str, Any]]) -> None:
    listed = {each["id"]: each for each in json.loads((SHARED / "texts" / "_routes.json").read_bytes())["routes"]}
    assert set(catalogue.routes) == set(listed)
    for slug, said in listed.items():
        route = catalogue.routes[slug].of
        assert route.standing == "proposal"
        assert (route.mode, route.loop, route.summary) == (said["mode"], said["loop"], said["summary"]["fr"])
        assert route.length_measure == said["length_km"]["label"]
        # An estimate without the optional stops would mislead: lengths come from lines, or from documents.
        documented = said["length_km"]["value"] if route.length_measure == "documented" else None
        assert route.length_km == documented
        sites = [stop.site for stop in route.stop if stop.site]
        # They come in another order: that of the shortest walk.
        assert sorted(sites) == sorted(said["stops"] + said["optional_stops"])
        has_elsewhere = said["start"]["slug"] is None
        # A start that nobody has located is no start: the stop nearest to it is, which then is not optional.
        start = {route.stop[0].site} if has_elsewhere else set()
        assert {stop.site for stop in route.stop if stop.optional} == set(said["optional_stops"]) - start
        assert sum(stop.place is not None for stop in route.stop) == has_elsewhere


@pytest.mark.parametrize("path", sorted(ASSETS.rglob("*.toml")), ids=lambda path: path.parent.name + "-" + path.stem)
def test_no_file_names_where_it_was_made(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "sites.json" not in text
    assert "NOTES.md" not in text
