"""A IIIF manifest with 3D becomes a place: models, comments at points, cameras, metadata and rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from carreau.exports.iiif import iiif
from carreau.exports.importing import iiif as reader
from carreau.exports.importing.iiif_values import transforms
from carreau.exports.importing.record import Outcomes
from carreau.exports.importing.source_files import move_point
from tests.pipeline.exports import toured
from tests.pipeline.exports.importing.sources import (
    TRULY_MISSING,
    MovedIn,
    box,
    catalogue,
    damaged,
    distance,
    imported,
    points_of,
    written_as_toml,
)

BASE = "https://museum.example/iiif"
SCENE = f"{BASE}/scene/1"


def at(x: float, y: float, z: float, of: str = SCENE) -> dict[str, Any]:
    """Return a target at a point."""
    selector = [{"type": "PointSelector", "x": x, "y": y, "z": z}]
    return {"type": "SpecificResource", "source": [{"id": of, "type": "Scene"}], "selector": selector}


def comment(name: str, target: Any, **texts: str) -> dict[str, Any]:
    """Return a comment in several languages."""
    items = [{"type": "TextualBody", "value": text, "language": [code]} for code, text in texts.items()]
    body = {"type": "Choice", "items": items}
    return {"id": name, "type": "Annotation", "motivation": ["commenting"], "body": body, "target": target}


def manifest() -> dict[str, Any]:
    """Return a manifest with a model in millimetres that its scene scales, turns and moves."""
    painted = {
        "id": f"{SCENE}/model",
        "type": "Annotation",
        "motivation": ["painting"],
        "body": {
            "type": "SpecificResource",
            "source": {"id": f"{BASE}/models/box.glb", "type": "Model", "label": {"en": ["Box"]}},
            "transform": [
                {"type": "ScaleTransform", "x": 0.001, "y": 0.001, "z": 0.001},
                {"type": "RotateTransform", "x": -90},
            ],
        },
        "target": at(0, 1, 0),
    }
    camera = {
        "id": f"{SCENE}/camera",
        "type": "Annotation",
        "motivation": ["painting"],
        "body": {
            "id": f"{SCENE}/cam/1",
            "type": "PerspectiveCamera",
            "label": {"en": ["From the side"]},
            "fieldOfView": 40,
            "lookAt": {"id": "corner", "type": "Annotation"},
        },
        "target": at(0, 2, 5),
    }
    leading = {
        "id": "leads",
        "type": "Annotation",
        "motivation": ["activating"],
        "target": {"id": "corner", "type": "Annotation"},
        "body": {"type": "SpecificResource", "source": {"id": f"{SCENE}/camera", "type": "Annotation"}},
    }
    told = [
        comment("corner", at(1, 1.5, -2), en="The corner\n\nIt is <b>right</b>.", nl="De hoek"),
        comment(
            "outline", {**at(0, 0, 0), "selector": [{"type": "WKTSelector", "value": "POLYGON Z ((0 0 0))"}]}, en="Area"
        ),
        leading,
    ]
    return {
        "@context": "http://iiif.io/api/presentation/4/context.json",
        "id": f"{BASE}/manifest.json",
        "type": "Manifest",
        "label": {"en": ["A box"], "nl": ["Een doos"]},
        "summary": {"en": ["<p>A box of brick.</p>"]},
        "metadata": [{"label": {"en": ["Material"]}, "value": {"en": ["brick"], "none": ["B-1"]}}],
        "requiredStatement": {"label": {"en": ["Attribution"]}, "value": {"en": ["Museum of Boxes"]}},
        "rights": "http://creativecommons.org/licenses/by-sa/4.0/",
        "provider": [{"id": "https://museum.example", "type": "Agent", "label": {"en": ["Museum"]}}],
        "navPlace": {"features": [{"geometry": {"type": "Point", "coordinates": [3.4, 50.35]}}]},
        "navDate": "1930-01-01T00:00:00Z",
        "structures": [],
        "items": [
            {
                "id": SCENE,
                "type": "Scene",
                "spatialScale": {"type": "Quantity", "quantityValue": 2.0, "unit": "m"},
                "items": [{"type": "AnnotationPage", "items": [painted, camera]}],
                "annotations": [{"type": "AnnotationPage", "items": told}],
            }
        ],
    }


def folder_of(folder: Path, of: dict[str, Any]) -> Path:
    """Write a manifest with the model at the same place below it as on the network."""
    (folder / "models").mkdir(parents=True)
    box().write(folder / "models" / "box.glb")
    path = folder / "manifest.json"
    path.write_text(json.dumps(of), encoding="utf-8")
    return path


@pytest.fixture
def moved_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> MovedIn:
    return imported(folder_of(tmp_path / "source", manifest()), catalogue(tmp_path), capsys, slug="")


def test_the_place_has_what_the_manifest_says(moved_in: MovedIn) -> None:
    site = moved_in.site
    assert (moved_in.folder.name, site["name"], site["summary"].strip()) == ("a-box", "A box", "A box of brick.")
    assert [(each["credit"], each["licence"]) for each in site["rights"]] == [("Museum of Boxes", "CC-BY-SA-4.0")]
    assert (site["position"]["lon"], site["position"]["lat"]) == (3.4, 50.35)
    assert "manifeste IIIF" in site["position"]["basis"]
    assert [(each["title"], each["url"]) for each in site["source"]] == [
        ("Manifeste IIIF « A box »", f"{BASE}/manifest.json"), ("Museum", "https://museum.example"),
    ]  # fmt: skip
    (fact,) = site["fact"]
    assert (fact["label"], fact["value"], fact["source"]) == ("Material", "brick", "manifeste IIIF « A box »")
    assert any("1930-01-01" in each for each in site["questions"])
    assert "period" in moved_in.asked()


def test_model_and_comments_stand_together_in_metres(moved_in: MovedIn) -> None:
    (state,) = moved_in.site["state"]
    shown = points_of(moved_in.folder / state["file"])
    # 1000 × 2000 × 500 mm, turned so that y points to −z, one unit up; a unit of the scene has two metres.
    assert np.allclose(shown.min(axis=0), [0, 2, -4])
    assert np.allclose(shown.max(axis=0), [2, 3, 0])
    corner = moved_in.site["annotation"][0]
    assert distance(corner["point"], shown) < 1e-5
    assert (corner["title"], corner["text"], corner["normal"]) == ("The corner", "It is right.", [])
    assert state["licence"] == "CC-BY-SA-4.0"


def test_an_area_is_no_point(moved_in: MovedIn) -> None:
    area = moved_in.site["annotation"][1]
    assert (area["title"], area["point"]) == ("Area", [])
    assert "points only" in moved_in.lost["annotation 'Area'"]


def test_a_camera_becomes_a_step_that_looks_where_it_looked(moved_in: MovedIn) -> None:
    (tour,) = moved_in.site["tour"]
    (step,) = tour["step"]
    assert (tour["title"], step["annotation"]) == ("Vues", moved_in.site["annotation"][0]["id"])
    assert step["camera"] == {"position": [0, 4, 10], "target": [2, 3, -4], "field_deg": 40}


def test_a_source_without_french_is_its_own_translation(moved_in: MovedIn, tmp_path: Path) -> None:
    found = {
        (language, unit.context): (unit.text, unit.target)
        for language in ("en", "nl")
        for unit in read_book(content_file(tmp_path / "locales", language)).units
        if unit.target
    }
    assert found["en", "site.a-box.name"] == ("A box", "A box")
    assert found["nl", "site.a-box.name"] == ("A box", "Een doos")
    (question,) = [each for each in moved_in.site["questions"] if "en anglais" in each]
    assert "nom" in question
    assert "résumé" in question


def test_what_the_manifest_lacks_is_asked_and_nothing_else_is_wrong(moved_in: MovedIn) -> None:
    assert {each["topic"] for each in moved_in.errors} <= TRULY_MISSING
    assert {"annotation 1, normal", "annotation 2, point", "tour 1, step 1, duration_s", "commune"} <= moved_in.asked()


def test_everything_lost_is_told(moved_in: MovedIn) -> None:
    assert "'structures' of the manifest" in moved_in.lost
    assert f"{BASE}/models/box.glb was not fetched" in moved_in.kept["model 'Box'"]


def test_an_unknown_licence_is_left_out_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = manifest() | {"rights": "http://creativecommons.org/licenses/by/3.0/"}
    moved = imported(folder_of(tmp_path / "source", of), catalogue(tmp_path), capsys)
    assert (moved.site["rights"][0]["licence"], moved.site["state"][0]["licence"]) == ("", "")
    assert "by/3.0" in moved.lost["licence"]
    assert any("by/3.0" in each for each in moved.site["questions"])


def test_a_model_that_is_not_there_leaves_a_draft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder_of(tmp_path / "source", manifest())
    (path.parent / "models" / "box.glb").unlink()
    moved = imported(path, catalogue(tmp_path), capsys)
    assert moved.site["state"][0]["file"] == ""
    assert "nothing is fetched" in moved.lost["model 'Box'"]
    assert moved.errors == []


def test_several_models_are_several_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = manifest()
    painted = of["items"][0]["items"][0]["items"]
    second = json.loads(json.dumps(painted[0]).replace("box.glb", "lid.glb").replace("Box", "Lid")) | {"id": "lid"}
    painted.append(second)
    path = folder_of(tmp_path / "source", of)
    box().write(path.parent / "models" / "lid.glb")
    moved = imported(path, catalogue(tmp_path), capsys)
    assert [each["id"] for each in moved.site["state"]] == ["box", "lid"]
    assert {each["state"] for each in moved.site["annotation"]} == {"box"}


def test_a_canvas_of_version_3_with_the_points_of_universal_viewer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    canvas = f"{BASE}/canvas"
    body = {"id": f"{BASE}/models/box.glb", "type": "Model", "format": "model/gltf-binary"}
    painted = {"type": "Annotation", "motivation": "painting", "body": body, "target": canvas}
    pinned = {
        "id": "pin", "type": "Annotation", "motivation": "commenting", "target": f"{canvas}#xyz=1000,2000,0&nxyz=0,2,0",
        "body": {"type": "TextualBody", "value": "Le coin", "language": "fr"},
    }  # fmt: skip
    page = {"type": "AnnotationPage", "items": [painted]}
    of = {
        "@context": "http://iiif.io/api/presentation/3/context.json", "id": f"{BASE}/manifest.json", "type": "Manifest",
        "label": {"fr": ["Une boîte"]},
        "items": [
            {
                "id": canvas, "type": "Canvas", "items": [page],
                "annotations": [{"type": "AnnotationPage", "items": [pinned]}],
            }
        ],
    }  # fmt: skip
    moved = imported(folder_of(tmp_path / "source", of), catalogue(tmp_path), capsys)
    (annotation,) = moved.site["annotation"]
    assert (annotation["title"], annotation["point"], annotation["normal"]) == ("Le coin", [1000, 2000, 0], [0, 1, 0])
    assert distance(annotation["point"], points_of(next(moved.folder.glob("*.glb")))) < 1e-3


def test_the_camera_of_the_groups_whale_sees_what_it_is_said_to_see() -> None:
    # manifests/9_commenting_annotations/whale_comment_camera.json of github.com/IIIF/3d.
    turning = transforms([{"type": "RotateTransform", "x": -15.0, "y": 215.0, "z": 0.0}])
    ahead = np.array(move_point(turning, (0, 0, -1)))
    seen = np.array([0.040, 0.063, -0.066]) - [-0.25, 0.0, -0.5]
    assert np.degrees(np.arccos(ahead @ seen / np.linalg.norm(seen))) < 8


def test_transforms_are_applied_in_their_order() -> None:
    # manifests/4_transform_and_position/model_transform_scale_translate_position.json of github.com/IIIF/3d.
    two = {"x": 2.0, "y": 2.0, "z": 2.0}
    matrix = transforms([{"type": "ScaleTransform", **two}, {"type": "TranslateTransform", **two}])
    assert move_point(matrix, (0, 0, 0)) == (2, 2, 2)
    assert move_point(matrix, (1, 0, 0)) == (4, 2, 2)


@given(st.data())
def test_any_damage_to_a_manifest_leaves_a_place(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged-manifest"
    if not folder.exists():
        folder_of(folder, manifest())
    written_as_toml(reader.read(folder / "manifest.json", damaged(manifest(), data), Outcomes()))


def test_our_own_manifest_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = toured.site(tmp_path / "ours")
    path = folder_of(tmp_path / "source", json.loads(iiif(record)))
    for model in record.models:
        for file in model.files:
            box().write(path.parent / file.url.rpartition("/")[2])
    moved = imported(path, catalogue(tmp_path), capsys, slug="retour")
    states = {each.state.id for each in record.models}
    pinned = [each for each in record.entry.of.annotation if each.state in states]
    assert [tuple(each["point"]) for each in moved.site["annotation"]] == [each.point for each in pinned]
    assert [each["title"] for each in moved.site["annotation"]] == [each.title for each in pinned]
    (tour,) = [each for each in record.entry.of.tour if each.state in states]
    (back,) = moved.site["tour"]
    assert back["title"] == tour.title
    assert next(each["camera"] for each in back["step"] if "camera" in each)["position"] == [0, 6, 30]
    assert {each["topic"] for each in moved.errors} <= TRULY_MISSING
