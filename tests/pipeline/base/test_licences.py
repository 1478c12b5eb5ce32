"""A licence is found under the name that people give it, and never turned into another."""

from __future__ import annotations

import json

import pytest

from carreau.base.terms import LICENCES, licence_url, licences, rights_uri
from tests.pipeline.exports.schema_files import SCHEMAS, schemas


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Licence Ouverte 2.0", "etalab-2.0"),
        ("etalab-2.0", "etalab-2.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
        ("CC BY-NC-ND 4.0", "CC-BY-NC-ND-4.0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("InC", "InC"),
    ],
)
def test_a_licence_has_many_names(said: str, name: str) -> None:
    assert [each.name for each in licences(said)] == [name]


@pytest.mark.parametrize("said", ["", "CC BY", "CC BY 3.0", "tous droits réservés", "OR", "CC-BY-5.0"])
def test_what_is_not_known_is_not_guessed(said: str) -> None:
    assert (licences(said), licence_url(said), rights_uri(said)) == ((), "", "")


def test_the_owner_may_give_a_choice() -> None:
    assert rights_uri("etalab-2.0") == "", "neither Europeana nor IIIF takes it, and we do not call it CC BY"
    assert rights_uri("etalab-2.0 OR CC-BY-4.0") == "http://creativecommons.org/licenses/by/4.0/"
    assert licence_url("etalab-2.0 OR CC-BY-4.0") == "https://spdx.org/licenses/etalab-2.0.html"


def test_the_addresses_are_those_that_were_found() -> None:
    schemas("edm")
    known = json.loads((SCHEMAS.parent / "examples" / "rights.json").read_text())
    told = {each["uri"]: each["europeana_uri"] for key, each in known.items() if key != "_note"}
    ours = {each.url: each.uri or None for each in LICENCES}
    assert {url: ours[url] for url in told} == told
