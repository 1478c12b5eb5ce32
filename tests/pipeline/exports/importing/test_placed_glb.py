"""A glTF that is put into place moves as a whole, and keeps everything that is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.exports.importing.source_files import (
    IDENTITY,
    NotTakenError,
    X,
    Y,
    copy_model,
    even_scaling,
    place,
    product,
    translation,
    turn,
)
from carreau.formats.gltf import scene_reader
from carreau.models.stages.check import validate
from tests.pipeline.authored_scenes import pit_head
from tests.pipeline.exports.importing.sources import box, distance, points_of

PLACED = product(translation((10.0, -2.0, 3.0)), turn(Y, 30), turn(X, -90), even_scaling(0.01))


def test_bones_clips_and_pictures_move_with_the_whole(tmp_path: Path) -> None:
    source, target = pit_head().write(tmp_path / "a.glb"), tmp_path / "b.glb"
    copy_model(source, target, PLACED)
    matrix, shown = np.array(PLACED), points_of(target)
    expected = points_of(source) @ matrix[:3, :3].T + matrix[:3, 3]
    assert len(shown) == len(expected)
    assert max(distance(each, shown) for each in expected) < 1e-5
    theirs, ours = scene_reader.read(source).facts, scene_reader.read(target).facts
    assert ours.clips == theirs.clips
    assert set(ours.named_nodes) >= set(theirs.named_nodes)
    assert {each.code for each in validate(target.read_bytes())} == {
        each.code for each in validate(source.read_bytes())
    }


def test_nothing_changes_where_nothing_moves(tmp_path: Path) -> None:
    source = box().write(tmp_path / "a.glb")
    source.write_bytes(source.read_bytes() + b"behind the end")
    copy_model(source, tmp_path / "b.glb", IDENTITY)
    assert (tmp_path / "b.glb").read_bytes() == source.read_bytes()


def test_what_stands_behind_the_end_is_left_behind(tmp_path: Path) -> None:
    source = box().write(tmp_path / "a.glb")
    whole = source.read_bytes()
    source.write_bytes(whole + b"behind the end")
    copy_model(source, tmp_path / "b.glb", PLACED)
    assert (tmp_path / "b.glb").read_bytes().endswith(whole[-96:])


@pytest.mark.parametrize(
    ("document", "roots"),
    [
        ({"nodes": [{"children": [1]}, {}, {}]}, [[0, 2]]),
        ({"nodes": [{}, {}], "scenes": [{"nodes": [0]}, {"nodes": [1]}]}, [[0], [1]]),
        ({"nodes": [{}], "scenes": [{"nodes": [0]}, {}]}, [[0]]),
        ({"nodes": []}, []),
        ({"nodes": "x", "scenes": 3}, []),
    ],
)
def test_every_scene_gets_a_node(document: dict[str, Any], roots: list[list[int]]) -> None:
    place(document, PLACED)
    nodes = document["nodes"] if isinstance(document["nodes"], list) else []
    assert [each["children"] for each in nodes if each.get("name") == "placed"] == roots


@pytest.mark.parametrize("size", [0, 3, 4, 11, 19, 20, 40, 200])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.glb").write_bytes(box().glb()[:size])
    with pytest.raises(FormatError):
        copy_model(tmp_path / "a.glb", tmp_path / "b.glb", PLACED)
    assert not (tmp_path / "b.glb").exists()


def test_a_glb_that_needs_other_files_is_refused(tmp_path: Path) -> None:
    maker = box()
    maker.add("images", {"uri": "elsewhere.png"})
    with pytest.raises(FormatError, match="other files"):
        copy_model(maker.write(tmp_path / "a.glb"), tmp_path / "b.glb", IDENTITY)


def test_a_gltf_that_needs_the_network_is_refused(tmp_path: Path) -> None:
    source = box().write(tmp_path / "a.gltf", "embedded")
    source.write_text(
        source.read_text().replace('"meshes"', '"images": [{"uri": "https://a.example/b.png"}], "meshes"')
    )
    (tmp_path / "b.png").write_bytes(b"x")
    with pytest.raises(NotTakenError, match="nothing is fetched"):
        copy_model(source, tmp_path / "out.gltf", IDENTITY)
