"""One row makes an export: the command writes it, the bundle keeps it, the server and the pages offer it.

`tests/test_extending.py` adds one to a copy and serves it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES
from carreau.exports import export, formats
from carreau.exports.export import ExportOptions
from carreau.exports.formats import FORMATS, ExportFormat, find_format, listing
from carreau.exports.record import SiteRecord
from carreau.site.content_store import COMPRESSED, MEDIA_TYPES
from carreau.site.pages.addresses import format_links as labelled
from carreau.site.publish import entry_builder
from carreau_server.context import ROUTE, SITE, SITE_PATHS
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.exports import told, toured


def kml_of(record: SiteRecord, language: str) -> bytes:
    return f"<kml>{record.names()[language]}</kml>".encode()


KML = ExportFormat(
    "kml", "for a test", "application/vnd.google-earth.kml+xml", "kml", "KML",
    f"{__name__}:kml_of", is_per_language=True,
)  # fmt: skip


@pytest.fixture
def kml(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (formats, export, entry_builder):
        monkeypatch.setattr(module, "FORMATS", (*FORMATS, KML))


@pytest.mark.usefixtures("kml")
def test_a_made_up_export_is_written_and_listed(tmp_path: Path) -> None:
    assets = toured.with_media(written(tmp_path / "assets"))
    done = export.export(ExportOptions("kml", tmp_path / "out", assets))
    assert done.written
    assert all(path.endswith(".kml") for _, path in done.written)
    assert find_format("kml") is KML
    assert listing()[-1].startswith("kml ")


@pytest.mark.usefixtures("kml")
def test_a_made_up_export_is_kept_in_the_bundle_for_each_language() -> None:
    [site] = [told.site(slug) for slug in told.SITES[:1]]
    paths = [(path, language) for path, language, _ in entry_builder._documents(KML, site)]
    assert paths == [(f"/v1/sites/{site.slug}.kml", language) for language in LANGUAGES]


def test_names_endings_and_labels_are_told_apart() -> None:
    for field in ("name", "ending", "label"):
        values = [getattr(each, field) for each in FORMATS]
        assert len(values) == len(set(values)), field
    assert all(each.site or each.route or each.catalogue for each in FORMATS)
    assert all(each.extension in MEDIA_TYPES for each in FORMATS)
    assert {each.ending for each in FORMATS if each.site} == {*SITE, "iiif.json", "iiif3.json"}
    assert {each.ending for each in FORMATS if each.route} == set(ROUTE)
    assert set(SITE_PATHS.values()) == {"/iiif/3/{slug}/manifest.json", "/iiif/{slug}/manifest.json"}
    assert labelled({each.name: "/v1/a" for each in FORMATS}) == [(each.label, "/v1/a") for each in FORMATS]
    assert {"geojson", "gpx", "jsonld"} <= COMPRESSED


def test_a_document_of_one_language_says_so() -> None:
    """Others are the same whichever language they are made in."""
    site = told.site(told.REAL[0])
    for each in FORMATS:
        if each.site and not each.is_per_language and each.name in ("schema-org", "lido", "dublin-core"):
            assert each.document(site, "fr") == each.document(site, "nl"), each.name
    assert replace(KML, is_per_language=False).extension == "kml"
