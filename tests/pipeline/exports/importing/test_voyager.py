"""A scene of Voyager becomes a place whose annotations and views are where they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from carreau.exports.importing import voyager
from carreau.exports.importing.record import Outcomes
from carreau.exports.importing.voyager_tours import orbit_camera
from carreau.exports.svx import scene_files, view
from tests.pipeline.exports import toured
from tests.pipeline.exports.importing.sources import (
    CORNERS,
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
from tests.pipeline.exports.importing.voyager_scenes import NODE, POSE, document, in_metres, scene


@pytest.fixture
def moved_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> MovedIn:
    return imported(scene(tmp_path / "scene"), catalogue(tmp_path), capsys, slug="")


def test_the_place_has_what_the_scene_says(moved_in: MovedIn) -> None:
    site = moved_in.site
    assert moved_in.folder.name == "la-boite"
    assert (site["name"], site["summary"].strip()) == ("La boîte", "Une boîte.")
    assert site["description"].split("\n") == ["Il était une fois.", "", "– un", "", "– deux", ""]
    assert site["rights"] == [
        {
            "of": "ce qui est repris : modèle et textes",
            "credit": "© Musée de l’Angle, CC BY 4.0",
            "licence": "CC-BY-4.0",
        }
    ]
    (fact,) = site["fact"]
    assert (fact["name"], fact["value"]) == ("accession", "2026.1")
    assert fact["source"] == "scène Voyager « La boîte »"


def test_the_model_stands_in_metres_where_it_stood(moved_in: MovedIn) -> None:
    (state,) = moved_in.site["state"]
    assert (state["id"], state["title"], state["kind"], state["file"]) == ("boite", "Boîte", "model", "boite.glb")
    shown = points_of(moved_in.folder / "boite.glb")
    assert max(distance(in_metres(corner), shown) for corner in CORNERS) < 1e-5
    # The longest side has 2000 mm, and the node doubles it.
    assert np.isclose(np.ptp(shown, axis=0).max(), 4.0)


def test_annotations_land_on_the_model(moved_in: MovedIn) -> None:
    (annotation,) = moved_in.site["annotation"]
    assert np.allclose(annotation["point"], in_metres(CORNERS[7]), atol=1e-5)
    assert distance(annotation["point"], points_of(moved_in.folder / "boite.glb")) < 1e-5
    assert np.allclose(annotation["normal"], NODE.apply(POSE.apply([0, 0, 1])), atol=1e-5)
    assert (annotation["id"], annotation["title"], annotation["state"]) == ("l-angle", "L’angle", "boite")
    assert annotation["text"] == "\nUn angle droit.\n\nVoir ici & là.\n".removeprefix("\n")
    assert annotation["media"] == ["facade", "voice"]


def test_a_tour_keeps_views_texts_and_sounds(moved_in: MovedIn) -> None:
    (tour,) = moved_in.site["tour"]
    first, second = tour["step"]
    assert (tour["title"], tour["summary"], first["text"]) == ("Le tour", "Deux vues.", "De loin")
    assert first["camera"] == {"position": [0, 0.5, 4], "target": [0, 0.5, 0], "field_deg": 52}
    assert second["camera"]["position"] == [2, 0, 0]
    assert (second["annotation"], second["sound"]) == ("l-angle", "voice")
    assert "sound" not in first


def test_translations_wait_for_a_reviewer(moved_in: MovedIn, tmp_path: Path) -> None:
    book = read_book(content_file(tmp_path / "locales", "en"))
    found = {unit.context: (unit.text, unit.target, unit.is_fuzzy) for unit in book.units if unit.target}
    assert found["site.la-boite.name"] == ("La boîte", "The box", True)
    assert found["site.la-boite.annotation.l-angle.text"][1] == "A right angle.\n\nLook here."
    assert found["site.la-boite.tour.le-tour.step.1.text"][1] == "From afar"
    assert all(unit.context.startswith("site.la-boite.") for unit in book.units)


def test_what_the_scene_lacks_is_asked_and_nothing_else_is_wrong(moved_in: MovedIn) -> None:
    assert {each["topic"] for each in moved_in.errors} <= TRULY_MISSING
    wrong = {each["key"] for each in moved_in.errors}
    assert wrong == {
        "state 1, date", "state 1, author", "state 1, sources",
        "media 1, credit", "media 1, licence", "media 1, transcript", "media 2, credit", "media 2, licence",
    }  # fmt: skip
    assert {"kind", "theme", "commune", "insee", "position", "tour 1, step 1, duration_s"} <= moved_in.asked()
    assert "date" not in moved_in.site


def test_everything_lost_is_told(moved_in: MovedIn) -> None:
    lost = moved_in.lost
    assert {"lights", "preview pictures", "appearance of annotations", "action 'PlayAnimation'"} <= set(lost)
    assert "navigation, background" in next(item for item in lost if item.startswith("settings of the viewer"))
    assert lost["model 'Boîte'"].startswith("its other files models/thumb.glb")
    told = [f"{each['item']}: {each['why']}" for each in moved_in.result["lost"]]
    assert any("https://a.example/x" in each for each in told)
    assert any("iframe" in each for each in told)
    assert lost["'Un ángulo.'"] == "it is in 'es', which the catalogue does not have"


def test_each_item_kept_is_told(moved_in: MovedIn) -> None:
    assert moved_in.kept["annotation 'L’angle'"] == "at its point; in Français, English"
    assert "size × 0.002" in moved_in.kept["model 'Boîte'"]
    assert moved_in.kept["tour 'Le tour'"].startswith("2 steps; in Français, English")


def test_a_scene_without_units_is_in_centimetres(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    del of["scenes"][0]["units"], of["setups"][0]["units"], of["models"][0]["units"]
    of["nodes"][2] = {"name": "Box", "model": 0}
    of["models"][0] |= {"translation": [0, 0, 0], "rotation": [0, 0, 0, 1]}
    moved = imported(scene(tmp_path / "scene", of), catalogue(tmp_path), capsys)
    assert np.allclose(points_of(next(moved.folder.glob("*.glb"))).max(axis=0), [10, 20, 5])


def test_a_model_in_metres_is_copied_byte_for_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    of["scenes"][0]["units"] = of["models"][0]["units"] = "m"
    of["nodes"][2] = {"name": "Box", "model": 0}
    del of["models"][0]["translation"], of["models"][0]["rotation"]
    path = scene(tmp_path / "scene", of)
    moved = imported(path, catalogue(tmp_path), capsys)
    assert next(moved.folder.glob("*.glb")).read_bytes() == (path.parent / "models" / "box.glb").read_bytes()


def test_the_texts_of_older_scenes_are_english(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    annotation = of["models"][0]["annotations"][0]
    for several, single in (("titles", "title"), ("leads", "lead")):
        annotation[single] = annotation.pop(several)["EN"]
    assets = catalogue(tmp_path)
    moved = imported(scene(tmp_path / "scene", of), assets, capsys)
    assert moved.site["annotation"][0]["title"] == "The corner"
    assert any("en anglais" in each and "annotation" in each for each in moved.site["questions"])
    book = read_book(content_file(tmp_path / "locales", "en"))
    assert "The corner" in {unit.target for unit in book.units if unit.text == "The corner"}


def test_the_view_of_an_annotation_is_a_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    of["models"][0]["annotations"][0]["viewId"] = "Step1"
    moved = imported(scene(tmp_path / "scene", of), catalogue(tmp_path), capsys)
    views = moved.site["tour"][1]
    assert (views["title"], views["step"][0]["annotation"]) == ("Vues", "l-angle")
    assert views["step"][0]["camera"]["position"] == [0, 0.5, 4]


def test_children_that_contain_each_other_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    of["nodes"][1]["children"] = [1, 3, 3, -1, 99, "x", None, True]
    of["nodes"][3]["children"] = [1]
    assert imported(scene(tmp_path / "scene", of), catalogue(tmp_path), capsys).site["state"]


@given(st.data())
def test_any_damage_to_a_scene_leaves_a_place(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged-scene"
    if not folder.exists():
        scene(folder)
    written_as_toml(voyager.read(folder / "scene.svx.json", damaged(document(), data), Outcomes()))


COORDINATE = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3))


@given(st.tuples(COORDINATE, COORDINATE, COORDINATE), st.tuples(COORDINATE, COORDINATE, COORDINATE))
def test_views_are_those_that_we_export(
    position: tuple[float, float, float], target: tuple[float, float, float]
) -> None:
    if np.linalg.norm(np.subtract(position, target)) < 0.1:
        return
    orbit, offset = view(position, target)
    camera = orbit_camera(orbit, offset, (0.0, 0.0, 0.0), 1.0)
    assert np.allclose(camera.position, position, atol=1e-3)
    ahead, before = np.subtract(camera.target, camera.position), np.subtract(target, position)
    if np.linalg.norm(ahead) > 0.05:
        assert np.dot(ahead, before) / np.linalg.norm(ahead) / np.linalg.norm(before) > 0.999


def test_our_own_scene_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = toured.site(tmp_path / "ours")
    model = record.models[0]
    folder = tmp_path / "scene"
    for name, content in scene_files(record, model).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    box().write(folder / "box.glb")
    path = folder / "scene.svx.json"
    for file in model.files:
        (folder / file.url.rpartition("/")[2]).write_bytes((folder / "box.glb").read_bytes())
    moved = imported(path, catalogue(tmp_path), capsys, slug="retour")
    ours = record.entry.of
    pinned = [each for each in ours.annotation if each.state == model.state.id]
    assert [each["id"] for each in moved.site["annotation"]] == [each.id for each in pinned]
    assert [tuple(each["point"]) for each in moved.site["annotation"]] == [each.point for each in pinned]
    toured_here = [each for each in ours.tour if each.state == model.state.id]
    assert [each["id"] for each in moved.site["tour"]] == [each.id for each in toured_here]
    for theirs, own in zip(moved.site["tour"][0]["step"], toured_here[0].step, strict=True):
        if own.camera is not None and own.camera.position is not None:
            assert np.allclose(theirs["camera"]["position"], own.camera.position, atol=1e-3)
