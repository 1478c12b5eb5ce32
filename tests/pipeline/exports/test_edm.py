"""Europeana takes what we hand over, and is handed nothing that is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from carreau.exports.datatourisme import datatourisme_site
from carreau.exports.edm import edm
from carreau.exports.lido import lido
from carreau.exports.record import NothingToExportError, Publication, SiteRecord
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.schema_files import schemas
from tests.pipeline.exports.xml_reading import faults, schema, tree

NAMES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "svcs": "http://rdfs.org/sioc/services#",
}


@pytest.fixture(scope="module")
def xsd() -> etree.XMLSchema:
    return schema(schemas("edm") / "EDM.xsd")


def rules(document: bytes, folder: Path) -> list[str]:
    """Return what Europeana's Schematron rules refuse."""
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as processor:
        sheet = processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_file=str(folder / "schematron" / "schematron.xsl")
        )
        node = processor.parse_xml(xml_text=document.decode())
        found = sheet.transform_to_string(xdm_node=node)
    svrl = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
    return ["".join(each.itertext()).strip() for each in tree(found.encode()).iterfind(".//svrl:failed-assert", svrl)]


def found(document: bytes, path: str) -> list[str]:
    return [str(each) for each in tree(document).xpath(path, namespaces=NAMES)]


def test_a_site_with_models_passes_schema_and_rules(tmp_path: Path, xsd: etree.XMLSchema) -> None:
    document = edm(made_up.site(tmp_path))
    assert faults(xsd, document) == []
    assert rules(document, schemas("edm")) == []


def test_the_rules_refuse_what_europeana_does_not_take(tmp_path: Path) -> None:
    document = edm(made_up.site(tmp_path)).replace(b"http://creativecommons.org", b"https://creativecommons.org")
    assert "Invalid Rights Statements" in rules(document, schemas("edm"))


def test_it_is_shown_by_our_oembed_which_leads_to_the_model(tmp_path: Path) -> None:
    document = edm(made_up.site(tmp_path))
    (shown,) = found(document, "//ore:Aggregation/edm:isShownBy/@rdf:resource")
    assert shown == "https://carreau.example/oembed?url=https%3A%2F%2Fcarreau.example%2Ffr%2Fsites%2Fune&format=json"
    viewer = f"//edm:WebResource[@rdf:about='{shown}']"
    assert found(document, f"{viewer}/svcs:has_service/@rdf:resource") == ["https://carreau.example/oembed"]
    (model,) = found(document, f"{viewer}/dcterms:isFormatOf/@rdf:resource")
    assert model.endswith("/models/une/today/phone.glb"), "the scan comes before the reconstruction"
    assert found(document, f"//edm:WebResource[@rdf:about='{model}']/edm:polygonCount/text()") == ["80000"]


def test_languages_and_doubts_are_there(tmp_path: Path) -> None:
    document = edm(made_up.site(tmp_path))
    assert found(document, "//edm:ProvidedCHO/dc:title/@xml:lang") == ["fr", "en", "nl", "de", "pl"]
    notes = found(document, "//edm:Place/skos:note/text()")
    assert "Unreviewed translations: nl, de." in notes
    assert any("to be verified" in note for note in notes)
    assert "The sources disagree." in found(document, "//edm:TimeSpan[3]/skos:note/text()") + found(
        document, "//edm:TimeSpan[4]/skos:note/text()"
    )
    described = found(document, "//edm:WebResource/dc:description/text()")
    assert "Reconstruction: hypothetical" in described


def test_an_offer_under_two_licences_is_taken_under_the_one_that_europeana_knows(tmp_path: Path) -> None:
    document = edm(made_up.site(tmp_path))
    rights = found(document, "//edm:WebResource/edm:rights/@rdf:resource")
    assert "http://creativecommons.org/licenses/by-sa/4.0/" in rights


def only(record: SiteRecord, licence: str) -> SiteRecord:
    (first, *_) = record.states
    return replace(record, states=(replace(first, state=replace(first.state, licence=licence)),))


def test_a_licence_that_europeana_does_not_know_is_not_turned_into_another(tmp_path: Path) -> None:
    with pytest.raises(
        NothingToExportError, match=r"sites/une/site\.toml.*does not accept the licence etalab-2\.0.*OR CC-BY-4\.0"
    ):
        edm(only(made_up.site(tmp_path), "etalab-2.0"))


def test_nobody_is_made_up_who_provides_it(tmp_path: Path) -> None:
    with pytest.raises(NothingToExportError, match="name them with --publisher and --aggregator"):
        edm(made_up.site(tmp_path, Publication("Une institution")))


@pytest.mark.parametrize("slug", told.REAL)
def test_a_site_without_a_model_has_nothing_to_export(slug: str) -> None:
    with pytest.raises(NothingToExportError, match=f"{slug}/site.toml: it has no model yet"):
        edm(told.site(slug))


@pytest.mark.parametrize("export", [edm, lido, datatourisme_site])
def test_what_does_not_exist_is_handed_to_nobody(export: Callable[[SiteRecord], bytes]) -> None:
    with pytest.raises(NothingToExportError, match=r"demonstration/site\.toml: it is a demonstration"):
        export(told.site("demonstration"))


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert edm(made_up.site(tmp_path / "a")) == edm(made_up.site(tmp_path / "b"))
