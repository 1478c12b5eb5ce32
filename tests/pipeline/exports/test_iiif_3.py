"""A manifest of Presentation 3 has what version 3 can say: pictures, sounds and films, and models to download."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema.protocols import Validator

from carreau.catalogue.media import Medium
from carreau.exports.iiif import iiif_3
from carreau.exports.record import MediumFile, NothingToExportError, Publication, SiteRecord
from tests.pipeline.exports import told, toured
from tests.pipeline.exports.json_schemas import faults, json_schema
from tests.pipeline.exports.schema_files import schemas

PICTURE = MediumFile("https://carreau.example/a/1.jpg", "image/jpeg", 1280, 720)
SOUND = MediumFile("https://carreau.example/a/2.m4a", "audio/mp4", duration_s=12.5)
FILM = MediumFile("https://carreau.example/a/3.mp4", "video/mp4", 640, 360, 30.0)
SHEET = MediumFile("https://carreau.example/a/4.pdf", "application/pdf")


@pytest.fixture(scope="module")
def schema() -> Validator:
    return json_schema(schemas("iiif-p3"), "iiif_3_0.json")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SiteRecord:
    """A site with two models, a picture, a sound, a film and a document."""
    found = toured.site(tmp_path_factory.mktemp("iiif"))
    film = Medium(id="film", kind="video", title="Le film", credit="Quelqu’un", licence="CC-BY-4.0")
    sheet = Medium(id="sheet", kind="document", title="La fiche", credit="Quelqu’un", licence="CC-BY-4.0")
    written = replace(found.entry.of, media=(*found.entry.of.media, film, sheet))
    media = {"facade": PICTURE, "voice": SOUND, "film": FILM, "sheet": SHEET}
    return replace(found, entry=replace(found.entry, of=written), media=media)


@pytest.fixture(scope="module")
def manifest(record: SiteRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(iiif_3(record))
    return found


def painted(canvas: dict[str, Any]) -> dict[str, Any]:
    [page] = canvas["items"]
    [painting] = page["items"]
    assert (painting["motivation"], painting["target"]) == ("painting", canvas["id"])
    body: dict[str, Any] = painting["body"]
    return body


def test_it_is_valid_and_the_schema_finds_what_is_wrong(manifest: dict[str, Any], schema: Validator) -> None:
    assert faults(schema, manifest) == []
    for wrong in ({"items": [{**manifest["items"][0], "height": None}]}, {"rights": "https://example.org/"}):
        assert faults(schema, {**manifest, **wrong})


def test_a_state_is_its_poster_with_its_models_to_download(manifest: dict[str, Any]) -> None:
    today, then = manifest["items"][:2]
    assert painted(today) == {
        "id": "https://carreau.example/models/une/today/poster.webp",
        "type": "Image", "format": "image/webp", "width": 1600, "height": 900,
    }  # fmt: skip
    assert (today["width"], today["height"], "duration" in today) == (1600, 900, False)
    assert [(each["type"], each["format"]) for each in today["rendering"]] == [
        ("Model", "model/gltf-binary"),
        ("Model", "model/vnd.usdz+zip"),
    ]
    assert then["metadata"][0]["value"]["en"] == ["Reconstruction: hypothetical"]
    assert (then["label"]["en"], then["rights"]) == (
        ["en: En 1930"],
        "http://creativecommons.org/licenses/by-sa/4.0/",
    )


def test_media_are_canvases_as_large_and_as_long_as_they_are(manifest: dict[str, Any]) -> None:
    picture, sound, film = manifest["items"][2:]
    assert (painted(picture)["type"], picture["width"], picture["height"]) == ("Image", 1280, 720)
    assert picture["summary"]["fr"] == ["Une façade de brique."]
    assert (painted(sound)["type"], sound["duration"], "width" in sound) == ("Sound", 12.5, False)
    assert (painted(film)["type"], film["width"], film["duration"], film["label"]["fr"]) == (
        *("Video", 640, 30.0),
        ["Le film"],
    )
    assert [(each["id"], each["type"]) for each in manifest["rendering"]] == [(SHEET.url, "Text")]
    assert len({each["id"] for each in manifest["items"]}) == 5


def test_the_manifest_says_whose_it_is_and_where(manifest: dict[str, Any], record: SiteRecord) -> None:
    assert manifest["id"] == "https://carreau.example/iiif/3/une/manifest.json"
    assert manifest["@context"][-1] == "http://iiif.io/api/presentation/3/context.json"
    assert "rights" not in manifest, "the parts have not the same licence"
    credit = manifest["requiredStatement"]["value"]["none"]
    assert {"Une équipe, CC-BY-4.0", "Quelqu’un, CC0-1.0"} <= set(credit)
    assert len(set(credit)) == len(credit)
    position = record.entry.of.position
    assert position is not None
    assert manifest["navPlace"]["features"][0]["geometry"]["coordinates"] == [position.lon, position.lat]


def test_without_a_model_the_pictures_remain_and_who_took_them_provides_it(
    record: SiteRecord, schema: Validator
) -> None:
    bare = replace(record, states=(), media={"facade": PICTURE}, edition=Publication())
    data = json.loads(iiif_3(bare))
    assert faults(schema, data) == []
    assert [painted(each)["id"] for each in data["items"]] == [PICTURE.url]
    assert data["provider"][0]["label"] == {"none": ["Quelqu’un"]}
    assert data["rights"] == "http://creativecommons.org/publicdomain/zero/1.0/"


@pytest.mark.parametrize(
    "media", [{}, {"sheet": SHEET}, {"voice": replace(SOUND, duration_s=0.0)}, {"facade": replace(PICTURE, width=0)}]
)
def test_nothing_that_a_canvas_holds_is_no_manifest(media: dict[str, MediumFile], record: SiteRecord) -> None:
    with pytest.raises(NothingToExportError, match="it has no published image, sound, video or model yet; add one"):
        iiif_3(replace(record, states=(), media=media))


@pytest.mark.parametrize("slug", told.REAL[:3])
def test_a_site_that_has_only_texts_has_none(slug: str) -> None:
    with pytest.raises(NothingToExportError):
        iiif_3(told.site(slug))


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert iiif_3(toured.site(tmp_path / "a")) == iiif_3(toured.site(tmp_path / "b"))
