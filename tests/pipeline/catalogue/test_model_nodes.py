"""The names of a model's nodes are read from its own bytes, as viewers name them."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import FormatError
from carreau.catalogue.media import node_names, viewer_name

MODEL: dict[str, Any] = {
    "asset": {"version": "2.0"},
    "nodes": [{"name": "Toit nord"}, {"name": "mur"}, {"mesh": 0}, {}, {"name": "mur"}, {"name": 3, "mesh": 7}, 5],
    "meshes": [{"name": "cheminée"}],
}


def glb(document: object) -> bytes:
    """Return a GLB with the JSON of a model."""
    content = json.dumps(document).encode()
    content += b" " * (-len(content) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(content), len(content), 0x4E4F534A) + content


def test_nodes_are_named_in_glb_and_gltf(tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(glb(MODEL))
    (tmp_path / "a.gltf").write_text(json.dumps(MODEL), encoding="utf-8")
    names = ("Toit nord", "mur", "cheminée")
    assert node_names(tmp_path / "a.glb") == node_names(tmp_path / "a.gltf") == names
    assert [viewer_name(name) for name in names] == ["Toit_nord", "mur", "cheminée"]


@pytest.mark.parametrize(
    "content",
    [b"", b"glTF", b"version https://git-lfs.github.com/spec/v1", glb([]), glb({"nodes": []}), glb(MODEL)[:60], b"[1]"],
)
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.glb: it is not a glTF 2\.0 model; export it again"):
        node_names(path)


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="it cannot be read"):
        node_names(tmp_path / "a.glb")
