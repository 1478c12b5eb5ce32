"""Voyager and eCorpus open our sites: valid, whole, and with nothing in an article that a text could smuggle in."""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.protocols import Validator
from scipy.spatial.transform import Rotation

from carreau.exports.record import MediumFile, NothingToExportError
from carreau.exports.svx import svx, view
from tests.pipeline.exports import told, toured
from tests.pipeline.exports.json_schemas import faults, json_schema
from tests.pipeline.exports.schema_files import SCHEMAS, schemas

VOYAGER_LANGUAGES = {"EN", "ES", "DE", "NL", "JA", "FR", "IT", "HAW", "AR"}


@pytest.fixture(scope="module")
def voyager() -> Validator:
    return json_schema(schemas("voyager"), "document.schema.json")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return unpacked(svx(toured.site(tmp_path_factory.mktemp("svx"))))


@pytest.fixture(scope="module")
def scene(package: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(package["scenes/une-today/scene.svx.json"])
    return found


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


class Tags(HTMLParser):
    """The elements of an article, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_is_valid_in_the_schema_that_calls_its_own_example_valid(
    package: dict[str, bytes], voyager: Validator
) -> None:
    assert faults(voyager, (SCHEMAS.parent / "examples" / "svx" / "scene.svx.json").read_bytes()) == []
    documents = [content for name, content in package.items() if name.endswith(".svx.json")]
    assert len(documents) == 2, "a scene a state that has a model"
    assert [fault for each in documents for fault in faults(voyager, each)] == []
    wrong = json.loads(documents[0])
    wrong["models"][0]["annotations"] = [{"title": "without an id"}]
    assert len(faults(voyager, wrong)) == 1, "the schema looks into models"


def test_every_index_leads_somewhere(scene: dict[str, Any]) -> None:
    counts = {key: len(scene[key]) for key in ("scenes", "nodes", "metas", "setups", "cameras", "lights", "models")}
    for node in (*scene["scenes"], *scene["nodes"]):
        for key in ("meta", "setup", "camera", "light", "model"):
            assert node.get(key, 0) < counts[f"{key}s"]
        assert all(each < counts["nodes"] for each in (*node.get("nodes", ()), *node.get("children", ())))
    assert scene["metas"][0]["leadArticle"] < len(scene["metas"][0]["articles"])


def test_every_article_lies_beside_the_scene_and_every_link_to_one_is_known(
    package: dict[str, bytes], scene: dict[str, Any]
) -> None:
    articles = {each["id"]: each for each in scene["metas"][0]["articles"]}
    linked = {f"scenes/une-today/{uri}" for each in articles.values() for uri in each["uris"].values()}
    assert linked == {name for name in package if name.startswith("scenes/une-today/articles/")}
    assert list(articles) == ["story", "annotation-door", "tour-short-1", "tour-short-3"]
    assert {each["articleId"] for each in scene["models"][0]["annotations"]} <= set(articles)
    places = [target.rpartition("/")[2] for target in scene["setups"][0]["snapshots"]["targets"]]
    shown = [state["values"][places.index("articleId")] for state in scene["setups"][0]["snapshots"]["states"]]
    assert set(shown) <= {"", *articles}


def test_every_text_is_there_in_every_language_of_the_scene_and_polish_is_not(scene: dict[str, Any]) -> None:
    codes = {"FR", "EN", "NL", "DE"}
    setup, collection = scene["setups"][0], scene["metas"][0]["collection"]
    texts = [collection["titles"], collection["intros"], *(each["titles"] for each in setup["tours"])]
    for each in (*scene["models"][0]["annotations"], *scene["metas"][0]["articles"], *setup["tours"][0]["steps"]):
        texts += [each[key] for key in ("titles", "leads", "uris", "altTexts") if key in each]
    assert {frozenset(each) for each in texts} == {frozenset(codes)}
    assert all(text for each in texts for text in each.values())
    assert codes <= VOYAGER_LANGUAGES
    assert setup["language"] == {"language": "FR"}


def test_a_language_that_a_site_is_not_translated_into_is_not_offered(tmp_path: Path) -> None:
    record = toured.site(tmp_path, without="de")
    document = json.loads(unpacked(svx(record, "de"))["scenes/une-today/scene.svx.json"])
    assert set(document["metas"][0]["collection"]["titles"]) == {"FR", "EN", "NL"}
    assert document["setups"][0]["language"] == {"language": "FR"}
    polish = json.loads(unpacked(svx(record, "pl"))["scenes/une-today/scene.svx.json"])
    assert polish["setups"][0]["language"] == {"language": "EN"}, "the next of its chain that Voyager knows"


def test_each_step_of_a_tour_has_its_snapshot(scene: dict[str, Any]) -> None:
    setup = scene["setups"][0]
    states = {state["id"]: state["values"] for state in setup["snapshots"]["states"]}
    steps = [step["id"] for step in setup["tours"][0]["steps"]]
    assert steps == ["tour-short-1", "tour-short-2", "tour-short-3"]
    assert set(states) == {"scene-default", *steps}
    assert {len(values) for values in states.values()} == {len(setup["snapshots"]["targets"])}
    assert states[steps[0]][-2:] == [[0, 0, 0], [0, 6, 30]]
    assert states[steps[0]][:3] == [True, 2, "tour-short-1"], "its text stands beside the model"
    assert states[steps[1]][4] == "door"
    assert states[steps[2]][-2:] == states[steps[1]][-2:], "a step without a camera stays where it was"
    assert [each["titles"]["FR"] for each in setup["tours"][0]["steps"]] == ["Petit tour 1", "La porte", "La porte"]


def test_sounds_are_heard_at_their_steps(scene: dict[str, Any]) -> None:
    meta = scene["metas"][1]
    assert [each["id"] for each in meta["audio"]] == ["voice"]
    (action,) = meta["actions"]
    assert (action["trigger"], action["triggerDetail"], action["audioId"]) == ("OnTourStep", "tour-short-2", "voice")


def test_media_are_where_they_were_published_and_a_sample_is_nowhere_before(tmp_path: Path) -> None:
    record = toured.site(tmp_path)
    voice = next(each for each in record.entry.of.media if each.id == "voice")
    assert record.medium_url(voice) == "https://carreau.example/media/une/voice.opus"
    assert record.medium_url(replace(voice, file="sample:winding-engine-simulated")) == ""
    voiced = MediumFile("https://carreau.example/v/ab12.m4a", "audio/mp4")
    published = replace(record, media={"voice": voiced, "facade": MediumFile("https://c.example/f.jpg", "image/jpeg")})
    document = json.loads(unpacked(svx(published))["scenes/une-today/scene.svx.json"])
    assert set(document["metas"][1]["audio"][0]["uris"].values()) == {"https://carreau.example/v/ab12.m4a"}
    assert document["models"][0]["annotations"][0]["imageUri"] == "https://c.example/f.jpg"


def test_files_have_their_use_and_augmented_reality_all_three_or_none(tmp_path: Path, scene: dict[str, Any]) -> None:
    uses = [(each["usage"], each["quality"]) for each in scene["models"][0]["derivatives"]]
    assert uses == [("Web3D", "Medium")], "there is no plain GLB for augmented reality"
    record = toured.found_site(tmp_path)
    document = json.loads(unpacked(svx(record))["scenes/une-today/scene.svx.json"])
    uses = [(each["usage"], each["quality"]) for each in document["models"][0]["derivatives"]]
    assert uses == [("Web3D", "Medium"), ("Web3D", "AR"), ("App3D", "AR"), ("iOSApp3D", "AR")]
    assert document["models"][0]["boundingBox"] == {"min": [-1, 0, -2], "max": [1, 3, 2]}


def test_nothing_in_a_text_becomes_markup(package: dict[str, bytes], scene: dict[str, Any]) -> None:
    article = package["scenes/une-today/articles/tour-short-1-FR.html"].decode()
    assert article == (
        "<h1>Petit tour</h1><p>Voici &lt;la fosse&gt; &amp; "
        '<a href="https://carreau.example/fr/sites/deux">sa voisine</a>, dite &quot;Deux&quot;.</p>'
    )
    for name, content in package.items():
        if name.endswith(".html"):
            tags = Tags(content.decode()).found
            assert {tag for tag, _ in tags} <= {"h1", "h2", "p", "em", "a", "ul", "li", "figure", "img", "figcaption"}
            assert b"\n" not in content, "Voyager would join the words about a line break"
            pictures = [attributes for tag, attributes in tags if tag == "img"]
            assert all(each["alt"] for each in pictures)
    assert "<" not in json.dumps(scene["models"][0]["annotations"])


def test_an_article_says_its_language_where_it_is_another_and_that_nobody_read_it(package: dict[str, bytes]) -> None:
    story = {code: package[f"scenes/une-today/articles/story-{code}.html"].decode() for code in ("FR", "EN", "DE")}
    assert "Unreviewed translation." in story["DE"]
    assert "Unreviewed" not in story["EN"]
    assert "Le livre &amp; la revue" in story["FR"]


@pytest.mark.parametrize("slug", told.SITES)
def test_a_site_without_a_model_has_none(slug: str) -> None:
    if not told.site(slug).models:
        with pytest.raises(NothingToExportError, match="none of its states has a model yet"):
            svx(told.site(slug))


NUMBERS = st.floats(-100, 100).map(lambda number: round(number, 3))
PLACES = st.tuples(NUMBERS, NUMBERS, NUMBERS)


@given(PLACES, PLACES)
def test_voyager_sees_what_the_camera_saw(
    position: tuple[float, float, float], target: tuple[float, float, float]
) -> None:
    """Voyager's CameraController composes its camera by heading, then pitch, then offset."""
    if math.dist(position, target) < 0.1:
        return
    orbit, offset = view(position, target)
    turn = Rotation.from_euler("YX", [orbit[1], orbit[0]], degrees=True)
    assert np.allclose(turn.apply(offset), position, atol=1e-4)
    looks = turn.apply([0, 0, -1])
    wanted = np.subtract(target, position) / math.dist(position, target)
    assert np.allclose(looks, wanted, atol=1e-5)
    assert abs(orbit[0]) <= 90


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert svx(toured.site(tmp_path / "a")) == svx(toured.site(tmp_path / "b"))
