"""Museums take every site as LIDO, with a section a language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from carreau.exports.lido import lido
from carreau.exports.record import Publication
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.schema_files import schemas
from tests.pipeline.exports.xml_reading import faults, schema, tree

NAMES = {"lido": "http://www.lido-schema.org", "gml": "http://www.opengis.net/gml"}


@pytest.fixture(scope="module")
def xsd() -> etree.XMLSchema:
    return schema(schemas("lido") / "lido-v1.1.xsd")


def found(document: bytes, path: str) -> list[str]:
    return [str(each) for each in tree(document).xpath(path, namespaces=NAMES)]


@pytest.mark.parametrize("slug", told.REAL)
def test_every_site_is_valid(slug: str, xsd: etree.XMLSchema) -> None:
    document = lido(told.site(slug))
    assert faults(xsd, document) == []
    assert found(document, "//lido:resourceSet") == [], "there is no model of it yet"
    position = told.site(slug).entry.of.position
    assert position is not None
    assert found(document, "//gml:pos/text()")[0] == f"{position.lat} {position.lon}"


@pytest.mark.parametrize("edition", [made_up.EDITION, Publication()])
def test_a_site_with_models_is_valid(tmp_path: Path, xsd: etree.XMLSchema, edition: Publication) -> None:
    document = lido(made_up.site(tmp_path, edition))
    assert faults(xsd, document) == []
    assert len(found(document, "//lido:linkResource/text()")) == 4


def test_what_is_published_says_when_it_changed(tmp_path: Path, xsd: etree.XMLSchema) -> None:
    document = lido(replace(made_up.site(tmp_path), modified="2026-11-27T08:00:00Z"))
    assert faults(xsd, document) == []
    assert found(document, "//lido:recordMetadataDate/text()") == ["2026-11-27T08:00:00Z"]


def test_each_language_has_its_section_with_its_own_texts(tmp_path: Path) -> None:
    document = lido(made_up.site(tmp_path))
    assert found(document, "//lido:descriptiveMetadata/@xml:lang") == ["fr", "en", "nl", "de", "pl"]
    summary = "//lido:descriptiveMetadata[@xml:lang='{}']//lido:objectDescriptionSet[@lido:type='{}']"
    assert found(document, summary.format("en", "summary") + "//text()[normalize-space()]") == ["en: Une fosse."]
    assert not found(document, summary.format("pl", "summary")), "it is stale"
    assert found(document, summary.format("nl", "translation"))
    assert not found(document, summary.format("en", "translation"))


def test_facts_carry_source_and_doubt(tmp_path: Path) -> None:
    document = lido(made_up.site(tmp_path))
    fact = "//lido:descriptiveMetadata[@xml:lang='fr']//lido:objectDescriptionSet[@lido:type='{}']//text()"
    depth = " ".join(found(document, fact.format("depth_m"))).split()
    assert " ".join(depth) == "profondeur – 338 m livre"
    assert "Les sources se contredisent." in " ".join(found(document, fact.format("miners")))
    assert not found(document, fact.format("unknown"))
    assert found(document, "//lido:descriptiveMetadata[@xml:lang='fr']//lido:displayDate/text()") == [
        "1831", "1862-08-30", "1838~"
    ]  # fmt: skip


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert lido(made_up.site(tmp_path / "a")) == lido(made_up.site(tmp_path / "b"))
