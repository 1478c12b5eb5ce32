"""What is edited on the model of a place is its own fields, its own models and its own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carreau.catalogue.site import Site
from carreau.desk.document_file import Put
from carreau.desk.form_state import FormState
from carreau.desk.scan_notes import CAPTIONS, SOUNDS, file_beside, model_file, of_scene, rows


def test_only_fields_of_the_model_are_of_the_scene() -> None:
    state = FormState()
    step = {"text": "a", "camera": {"position": [1, 2, 3]}, "duration_s": 5}
    data = {
        "name": "Une",
        "visit": {"access": "Libre."},
        "state": [{"id": "today", "file": "a.ply", "part": [{"name": "toit"}], "geopose": {"lon": 3}}],
        "annotation": [{"id": "porte", "media": ["a", "b"]}],
        "tour": [{"id": "tour", "step": [step]}],
        "media": [{"id": "voix", "captions": "a.vtt", "credit": "x"}],
    }
    state.fill(data, Site)
    found = of_scene(state)
    assert set(found.orders) == {"state", "state.0.part", "annotation", "tour", "tour.0.step", "media"}
    filled = {name: value for name, value in found.values.items() if value}
    assert filled == {
        "state.0.id": "today",
        "state.0.part.0.name": "toit",
        "state.0.geopose.lon": "3",
        "annotation.0.id": "porte",
        "annotation.0.media": "a\nb",
        "tour.0.id": "tour",
        "tour.0.step.0.text": "a",
        "tour.0.step.0.camera.position": "1 2 3",
        "tour.0.step.0.duration_s": "5",
        "media.0.id": "voix",
        "media.0.captions": "a.vtt",
    }
    assert found.edits(data, Site) == []


def test_a_table_whose_fields_are_all_empty_goes() -> None:
    state, step = FormState(), {"text": "a", "duration_s": 5, "camera": {"position": [1, 2, 3], "target": [0, 0, 0]}}
    first = {"position": [1, 2, 3], "target": [0, 0, 0], "field_deg": 30}
    data: dict[str, Any] = {
        "state": [{"id": "today", "first_view": first, "poster": {"azimuth_deg": 5, "elevation_deg": 9}}]
    }
    data["tour"] = [{"id": "tour", "step": [step]}]
    state.fill(data, Site)
    state.values |= dict.fromkeys((name for name in state.values if ".first_view." in name or ".camera." in name), "")
    state.values["state.0.poster.elevation_deg"] = ""
    edits = of_scene(state).edits(data, Site)
    gone = [("state", 0, "poster", "elevation_deg"), ("state", 0, "first_view"), ("tour", 0, "step", 0, "camera")]
    assert edits == [Put(path, None) for path in gone]


def test_the_finest_model_of_a_state_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "une" / "today"
    folder.mkdir(parents=True)
    assert model_file(tmp_path, "une", "today") is None
    for level in ("ar", "preview", "desktop"):
        (folder / f"{level}.glb").write_bytes(b"glTF")
    assert model_file(tmp_path, "une", "today") == folder / "desktop.glb"
    (folder / "desktop.glb").unlink()
    assert model_file(tmp_path, "une", "today") == folder / "preview.glb"


@pytest.mark.parametrize("name", ["..", "une/..", "", "Une", "une\0", "."])
def test_no_model_lies_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "preview.glb").write_bytes(b"glTF")
    (tmp_path / "models" / "une").mkdir(parents=True)
    assert model_file(tmp_path / "models", "une", name) is None
    assert model_file(tmp_path / "models", name, "une") is None


@pytest.mark.parametrize("name", ["../voix.mp3", "/etc/passwd", "lien.mp3", "voix.toml", "\0.mp3", "sous.mp3", 3, None])
def test_only_sounds_of_the_folder_are_found(tmp_path: Path, name: object) -> None:
    folder = tmp_path / "une"
    (folder / "sous.mp3").mkdir(parents=True)
    (tmp_path / "voix.mp3").write_bytes(b"")
    (folder / "lien.mp3").symlink_to(tmp_path / "voix.mp3")
    (folder / "voix.toml").write_text("")
    assert file_beside(folder, name, tuple(SOUNDS)) is None


def test_sounds_and_captions_of_the_folder_are_found(tmp_path: Path) -> None:
    for name in ("Voix.MP3", "voix.vtt"):
        (tmp_path / name).write_bytes(b"")
    assert file_beside(tmp_path, "Voix.MP3", tuple(SOUNDS)) == tmp_path / "Voix.MP3"
    assert file_beside(tmp_path, "voix.vtt", (CAPTIONS,)) == tmp_path / "voix.vtt"


def test_rows_of_a_document_that_is_written_otherwise() -> None:
    assert rows({"media": "x"}, "media") == rows({"media": ["x", 3]}, "media") == rows({}, "media") == []
    assert rows({"media": [{"id": "a"}, 3]}, "media") == [{"id": "a"}]
