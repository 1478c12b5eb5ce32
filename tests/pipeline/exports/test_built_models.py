"""What `carreau model` left is found again, and what is not what its report says is refused; see `test_flow` too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, OptionError
from carreau.base.levels import FEWER_BYTES, PHONE
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.site import Site
from carreau.exports.export import built_models
from carreau.exports.record import site_record
from carreau.exports.urls import Urls
from carreau.runs.cache import Cache
from carreau.site.content_store import ContentStore
from carreau.site.publish.artifacts import built_state, state_record
from tests.pipeline.exports import toured


@pytest.fixture
def entry(tmp_path: Path) -> Entry[Site]:
    return toured.catalogue(tmp_path).sites["une"]


def test_a_state_has_the_files_of_its_report(tmp_path: Path, entry: Entry[Site]) -> None:
    toured.models(tmp_path / "models" / "une" / "today")
    (made,) = built_models(entry, tmp_path / "models", Urls("https://mine.example/")).values()
    assert made.state.title == "Aujourd’hui"
    assert [(file.level, file.name, file.media_type) for file in made.files] == [
        ("phone", "phone.glb", "model/gltf-binary"),
        ("ar", "ar.glb", "model/gltf-binary"),
        ("ar", "ar.usdz", "model/vnd.usdz+zip"),
    ]
    phone = made.files[0]
    assert (phone.triangles, phone.texture_px, phone.error_m, phone.sha256) == (12, None, 0.002, "ab" * 32)
    assert phone.bytes == len(toured.GLB)
    assert phone.url == "https://mine.example/models/une/today/phone.glb"
    assert (made.poster_url, made.poster_px) == ("https://mine.example/models/une/today/poster.webp", (12, 8))
    assert made.bounds_m == ((-1.0, 0.0, -2.0), (1.0, 3.0, 2.0))


def test_other_formats_have_no_other_encoding_of_a_level(tmp_path: Path, entry: Entry[Site]) -> None:
    """In folders of models, and in what is published; the API has it among the levels."""
    (light,) = FEWER_BYTES
    folder = tmp_path / "models" / "une" / "today"
    toured.models(folder)
    report = json.loads((folder / "report.json").read_bytes())
    phone = next(level for level in report["levels"] if level["name"] == PHONE.name)
    told = {"texture": {"format": "avif"}, "texture_px": 2048, "gpu_bytes": 1, "extensions": ["EXT_texture_avif"]}
    report["levels"] = [{**phone, **told, "name": light, "file": f"{light}.glb"}, {**told, **phone, "gpu_bytes": 1}]
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (folder / f"{light}.glb").write_bytes(toured.GLB)
    (made,) = built_models(entry, tmp_path / "models", Urls()).values()
    assert [file.level for file in made.files] == [PHONE.name]
    built = built_state(folder, ContentStore(tmp_path / "bundle"), Cache(tmp_path / "cache"))
    assert built is not None
    assert {level.level for level in built.levels} == {light, PHONE.name}
    assert [file.level for file in state_record(made.state, built, "https://mine.example").files] == [PHONE.name]


def test_nothing_was_made_where_there_is_no_folder(tmp_path: Path, entry: Entry[Site]) -> None:
    (tmp_path / "models").mkdir()
    assert built_models(entry, tmp_path / "models", Urls()) == {}


def test_a_build_without_its_report_is_none(tmp_path: Path, entry: Entry[Site]) -> None:
    """Its levels are handed over before they are measured; a build that was killed there is neither shown nor told."""
    folder = toured.models(tmp_path / "models" / "une" / "today")
    (folder / "report.json").unlink()
    assert built_models(entry, tmp_path / "models", Urls()) == {}
    assert built_state(folder, ContentStore(tmp_path / "bundle"), Cache(tmp_path / "cache")) is None


def test_a_model_of_no_state_is_told(tmp_path: Path, entry: Entry[Site]) -> None:
    toured.models(tmp_path / "models" / "une" / "1880")
    made = built_models(entry, tmp_path / "models", Urls())
    with pytest.raises(OptionError, match="'1880', but no such state"):
        site_record(entry, toured.catalogue(tmp_path), Translations(tmp_path), models=made)


def spoil(name: str, content: bytes | None) -> Callable[[Path], None]:
    def _spoil(folder: Path) -> None:
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)

    return _spoil


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (spoil("report.json", b"{"), "it is not a valid model report"),
        (spoil("report.json", b'{"levels": [{"name": "phone"}]}'), "it is not a valid model report"),
        (spoil("report.json", b"[]"), "it is not a valid model report"),
        (spoil("report.json", b'{"levels": [], "scan": {"bounds_m": [1, 2]}}'), "it is not a valid model report"),
        (spoil("phone.glb", None), "phone.glb is not beside it"),
        (spoil("ar.usdz", b"other"), "it does not have the 4 bytes that report.json states"),
        (spoil("poster.webp", b"no picture"), "it is not an image"),
    ],
)
def test_what_its_report_does_not_tell_is_refused(
    tmp_path: Path, entry: Entry[Site], wrong: Callable[[Path], None], said: str
) -> None:
    wrong(toured.models(tmp_path / "models" / "une" / "today"))
    with pytest.raises(FormatError, match=said):
        built_models(entry, tmp_path / "models", Urls())


def test_a_report_names_no_file_elsewhere(tmp_path: Path, entry: Entry[Site]) -> None:
    folder = toured.models(tmp_path / "models" / "une" / "today")
    report = json.loads((folder / "report.json").read_bytes())
    report["levels"][0]["file"] = "../../../secret.glb"
    (folder / "report.json").write_text(json.dumps(report))
    with pytest.raises(FormatError, match="not a valid model report"):
        built_models(entry, tmp_path / "models", Urls())


def test_a_report_from_before_bounds_has_none(tmp_path: Path, entry: Entry[Site]) -> None:
    folder = toured.models(tmp_path / "models" / "une" / "today")
    report = json.loads((folder / "report.json").read_bytes())
    (folder / "report.json").write_text(json.dumps({**report, "scan": {}}))
    (made,) = built_models(entry, tmp_path / "models", Urls()).values()
    assert made.bounds_m is None
