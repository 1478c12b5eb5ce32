"""Make folders of other programs' scenes, a small catalogue to move them into, and look at what came in."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from carreau.base.document import read_document
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.command.cli import main
from carreau.exports.importing.media_shelf import CopiedFiles
from carreau.exports.importing.record import Outcomes, SourcePlace
from carreau.exports.importing.site_toml import written_site
from carreau.exports.importing.texts import place_names
from carreau.formats.gltf import gltf
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.formats.conftest import GltfMaker

TRULY_MISSING = {
    "missing date", "missing credit", "missing licence", "missing source", "missing alternative text",
    "missing transcript",
}  # fmt: skip
"""Topics of `carreau check` for what no source says, and what nobody may supply for it."""

CORNERS = np.array([[x, y, z] for x in (0, 1000) for y in (0, 2000) for z in (0, 500)], np.float64)
_FACES = (
    (0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3),
)  # fmt: skip


def box(corners: NDArray[np.float64] = CORNERS) -> GltfMaker:
    """Return a box of 1000 × 2000 × 500 units as a glTF under construction."""
    maker = GltfMaker()
    indices = [index for a, b, c, d in _FACES for index in (a, b, c, a, c, d)]
    position = maker.accessor(corners, min=corners.min(axis=0).tolist(), max=corners.max(axis=0).tolist())
    maker.node(mesh=maker.mesh({"POSITION": position}, indices=maker.accessor(indices, "uint16")))
    return maker


def points_of(path: Path) -> NDArray[np.float64]:
    """Return the vertices (n, 3) of a glTF in metres, as a viewer shows them."""
    mesh = gltf.read(path).mesh
    return np.asarray(mesh.positions, np.float64) + np.asarray(mesh.origin)


def distance(point: Any, points: NDArray[np.float64]) -> float:
    """Return how far a point is from the nearest of some points, in metres."""
    return float(np.linalg.norm(points - np.asarray(point, np.float64), axis=1).min())


@dataclass(frozen=True)
class MovedIn:
    """A place that was imported.

    result : of the command as JSON
    site : its `site.toml`
    errors, questions : what `carreau check` says of the place
    """

    folder: Path
    result: dict[str, Any]
    site: dict[str, Any]
    errors: list[dict[str, Any]]
    questions: list[dict[str, Any]]

    @property
    def kept(self) -> dict[str, str]:
        return {each["item"]: each["what"] for each in self.result["kept"]}

    @property
    def lost(self) -> dict[str, str]:
        return {each["item"]: each["why"] for each in self.result["lost"]}

    def asked(self) -> set[str]:
        """Return the keys that are not filled in yet."""
        return {each["key"] for each in self.questions if each["topic"] == "not written"}


def catalogue(root: Path) -> Path:
    """Write a catalogue of two places with translations, and return its folder."""
    (root / "locales").mkdir()
    return written(root / "assets")


def imported(
    source: Path, assets: Path, capsys: pytest.CaptureFixture[str], *options: str, slug: str = "une-scene"
) -> MovedIn:
    """Import with the real command, check with the real command, and return what both say."""
    capsys.readouterr()
    asked = [*options, "--slug", slug] if slug else list(options)
    assert main(["import", str(source), "--assets", str(assets), "--json", *asked]) == 0
    result = json.loads(capsys.readouterr().out)
    file = Path(result["file"])
    main(["check", "--assets", str(assets), "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    own = [each for each in findings if each["file"] == file.relative_to(assets).as_posix()]
    return MovedIn(
        file.parent,
        result,
        tomllib.loads(file.read_text(encoding="utf-8")),
        [each for each in own if each["level"] == "error"],
        [each for each in own if each["level"] == "question"],
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["FR", "id", "uri"]), each, max_size=2),
    max_leaves=6,
)


def damaged(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Return a document of which some values are others, of any type."""
    for _ in range(data.draw(st.integers(1, 4))):
        value: Any = document
        while True:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            key = data.draw(st.sampled_from(keys))
            inner = value[key]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                value[key] = data.draw(_JSON)
                break
            value = inner
    found: dict[str, Any] = json.loads(json.dumps(document))
    return found


def written_as_toml(place: SourcePlace) -> None:
    """Write a place as a curator's file without its files, and hold that it is TOML and has no unknown key."""
    written = written_site(place, place_names(place), CopiedFiles({}, {}, {}), Outcomes())
    read = read_document(Path("site.toml"), "site.toml", written.text.encode())
    assert read.is_read, read.findings
    read_table(Site, read.data, read)
    assert {each.topic for each in read.findings} <= {"not written"}


def listing(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder with their bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip
