"""Real scans and published examples move in, and their annotations land on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.exports.importing.voyager import MIME
from tests.conftest import need
from tests.pipeline.exports.importing.sources import TRULY_MISSING, catalogue, distance, imported, points_of
from tests.pipeline.exports.schema_files import SCHEMAS

EXAMPLES = SCHEMAS.parent / "examples"


@pytest.fixture(scope="module")
def examples() -> Path:
    need(EXAMPLES.is_dir(), "the examples of standards do not lie beside the project")
    return EXAMPLES


def test_the_whales_hamulus_is_on_the_whale(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The skull, its place and the comment are those of whale_comment.json of github.com/IIIF/3d.
    scene = "https://example.org/iiif/scene1"

    def at(x: float, y: float, z: float) -> dict[str, Any]:
        selector = [{"type": "PointSelector", "x": x, "y": y, "z": z}]
        return {"type": "SpecificResource", "source": [{"id": scene, "type": "Scene"}], "selector": selector}

    address = "https://raw.githubusercontent.com/IIIF/3d/main/assets/whale/whale_cranium.glb"
    painted = {"motivation": ["painting"], "body": {"id": address, "type": "Model"}, "target": at(0, 0.18, 0)}
    pinned = {
        "motivation": ["commenting"], "bodyValue": "Right pterygoid hamulus", "target": at(0.04, 0.063, -0.066),
    }  # fmt: skip
    of = {
        "@context": "http://iiif.io/api/presentation/4/context.json",
        "type": "Manifest",
        "label": {"en": ["Whale Cranium"]},
        "items": [{"id": scene, "type": "Scene", "items": [{"type": "AnnotationPage", "items": [painted, pinned]}]}],
    }
    shutil.copy(scans / "whale_cranium_glb" / "whale_cranium.glb", tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(of))
    moved = imported(tmp_path / "manifest.json", catalogue(tmp_path), capsys, slug="")
    shown = points_of(moved.folder / moved.site["state"][0]["file"])
    (annotation,) = moved.site["annotation"]
    assert annotation["title"] == "Right pterygoid hamulus"
    assert distance(annotation["point"], shown) < 0.005
    # A skull of half a metre that was not moved would lie 18 cm lower.
    assert distance(np.subtract(annotation["point"], [0, 0.18, 0]), shown) > 0.05


def test_the_venus_of_millimetres_is_two_metres_tall(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = scans / "venus_glb" / "venus.glb"
    shutil.copy(model, tmp_path)
    own = points_of(model)
    top = own[np.argmax(own[:, 1])]
    of = {
        "asset": {"type": MIME, "version": "1.0", "copyright": "CC0"},
        "scene": 0,
        "scenes": [{"units": "m", "nodes": [0], "name": "Venus"}],
        "nodes": [{"name": "Venus", "model": 0}],
        "models": [
            {
                "units": "mm",
                "derivatives": [
                    {"usage": "Web3D", "quality": "High", "assets": [{"uri": "venus.glb", "type": "Model"}]}
                ],
                "annotations": [
                    {"id": "top", "titles": {"FR": "Sommet"}, "position": top.tolist(), "direction": [0, 1, 0]}
                ],
            }
        ],
    }
    (tmp_path / "scene.svx.json").write_text(json.dumps(of))
    moved = imported(tmp_path / "scene.svx.json", catalogue(tmp_path), capsys, slug="")
    shown = points_of(moved.folder / "venus.glb")
    assert 2.0 < np.ptp(shown, axis=0).max() < 2.2
    assert distance(moved.site["annotation"][0]["point"], shown) < 1e-4
    assert moved.site["state"][0]["licence"] == "CC0-1.0"


def test_the_example_of_voyager_moves_in(examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = imported(examples / "svx" / "scene.svx.json", catalogue(tmp_path), capsys, slug="")
    assert (moved.folder.name, moved.site["rights"][0]["licence"]) == ("fosse-mathilde", "CC-BY-4.0")
    (annotation,) = moved.site["annotation"]
    assert (annotation["title"], annotation["point"], annotation["normal"]) == (
        "Façade principale",
        [0, 6, 4],
        [0, 0, 1],
    )
    (tour,) = moved.site["tour"]
    assert tour["step"][0]["text"].split("\n\n") == ["Vue générale", "Vue d'ensemble du bâtiment\n"]
    assert tour["step"][1]["annotation"] == annotation["id"]
    shown = points_of(moved.folder / moved.site["state"][0]["file"])
    assert np.allclose(shown.max(axis=0), [5, 12, 4], atol=0.01)
    assert {each["topic"] for each in moved.errors} <= TRULY_MISSING


def test_the_example_of_iiif_moves_in(examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("iiif-p4-manifest.json", "fosse-mathilde.glb"):
        shutil.copy(examples / name, tmp_path)
    moved = imported(tmp_path / "iiif-p4-manifest.json", catalogue(tmp_path), capsys, slug="")
    assert [each["title"] for each in moved.site["annotation"]] == ["Façade principale"]
    (step,) = moved.site["tour"][0]["step"]
    assert (step["camera"]["position"], step["camera"]["field_deg"]) == ([0, 6, 30], 50)
    assert moved.site["state"][0]["file"].endswith(".glb")
    assert {each["topic"] for each in moved.errors} <= TRULY_MISSING
