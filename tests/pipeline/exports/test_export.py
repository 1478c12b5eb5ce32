"""`carreau export` writes whole files of every format, says what it left out, and refuses what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carreau.command.cli import main
from carreau.exports.export import ExportOptions, export
from carreau.exports.formats import FORMATS
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.exports import told, toured

ASSETS = PROJECT / "assets"


def run(*words: str | Path) -> int:
    return main(["export", *(str(word) for word in words)])


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A small catalogue with nothing wrong."""
    return toured.with_media(written(tmp_path / "assets"))


def test_every_format_is_written_of_all_that_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("all", "--assets", ASSETS, "--out", tmp_path / "out") == 0
    made = set(files(tmp_path / "out"))
    real = [slug for slug in told.SITES if not told.site(slug).entry.of.is_apart]
    assert len(real) == 53
    for ending in ("jsonld", "datatourisme.jsonld", "geojson", "lido.xml", "dc.xml"):
        assert {f"sites/{slug}.{ending}" for slug in real} <= made
    for ending in ("jsonld", "datatourisme.jsonld", "geojson", "gpx", "dc.xml"):
        assert {f"routes/{slug}.{ending}" for slug in told.ROUTES} <= made
    assert {"catalogue.csv", "catalogue.geojson"} <= made
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"{len(made)} files in {tmp_path / 'out'}"
    assert any(line.startswith("skipped  iiif: none of its states has a model yet; build one: ") for line in said)
    assert "wrote    csv: catalogue.csv" in said


def test_every_format_is_written_of_a_site_with_models_and_twice_the_same(tmp_path: Path) -> None:
    toured.catalogue(tmp_path)
    toured.models(tmp_path / "models" / "une" / "today")
    words: list[str | Path] = [
        "all", "--assets", tmp_path / "assets", "--models", tmp_path / "models", "--site", "une", "--lang", "nl",
        "--base-url", "https://mine.example", "--publisher", "Nous", "--aggregator", "Eux",
    ]  # fmt: skip
    assert run(*words, "--out", tmp_path / "one") == 0
    assert run(*words, "--out", tmp_path / "two") == 0
    made = files(tmp_path / "one")
    assert made == files(tmp_path / "two")
    endings = {name.partition(".")[2] for name in made}
    assert endings == {
        "csv", "datatourisme.jsonld", "dc.xml", "edm.xml", "geojson", "iiif.json", "iiif3.json", "jsonld", "lido.xml",
        "svx.zip", "today.geopose.json",
    }  # fmt: skip
    manifest = json.loads(made["sites/une.iiif.json"])
    assert manifest["items"][0]["items"][0]["items"][0]["body"]["id"] == "https://mine.example/models/une/today/ar.glb"
    assert not list(tmp_path.rglob(".*")), "no half of a file is left"


def test_what_was_left_out_is_told_for_programs_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toured.catalogue(tmp_path)
    assert run("geopose", "--assets", tmp_path / "assets", "--site", "une", "--out", tmp_path / "out", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == [{"format": "geopose", "file": "sites/une.today.geopose.json"}]
    assert said["skipped"][0] == {
        "format": "geopose",
        "record": "une",
        "reason": "its state '1930' lacks its position; add it to [state.geopose]",
    }


def test_what_tourist_offices_ask_for_and_do_not_get_is_told(
    tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = assets / "sites" / "une" / "site.toml"
    text = site.read_text(encoding="utf-8").replace("lon = 3.4\nlat = 50.35\nbasis", "basis")
    site.write_text(text, encoding="utf-8")
    assert run("datatourisme", "--assets", assets, "--site", "une", "deux", "--out", tmp_path / "out") == 0
    said = capsys.readouterr().out.splitlines()
    assert "lacking  datatourisme: its position: une" in said
    assert "lacking  datatourisme: the publisher: une, deux" in said
    assert run("datatourisme", "--assets", assets, "--site", "une", "--out", tmp_path / "more", "--json") == 0
    told = json.loads(capsys.readouterr().out)["lacking"]
    assert {"format": "datatourisme", "record": "une", "what": "its position"} in told


def test_nothing_to_write_is_exit_1(tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("iiif", "--assets", assets, "--site", "une", "--out", tmp_path / "out") == 1
    assert "skipped  iiif: none of its states has a model yet; build one: une" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [(), ("--list",), ("gpx", "--list")])
def test_alone_it_lists_the_formats(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == [each.name for each in FORMATS]
    assert all(len(line) <= 130 for line in said)
    assert "still a draft" in "".join(said)
    assert "unverified" in "".join(said)
    assert "no Polish" in "".join(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "unknown format 'nope'; choose one of schema-org, "),
        (("gpx", "--route", "nope"), "--route nope: not in the catalogue; "),
        (("gpx", "--site", "nope"), "--site nope: not in the catalogue; "),
        (("gpx", "--base-url", "mine"), "--base-url mine is not a URL; "),
        (("gpx", "--models", "nowhere"), "--models nowhere is not a folder; "),
        (("gpx", "--assets", "nowhere"), "nowhere contains neither sites/ nor routes/; "),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_2(
    words: tuple[str, ...], said: str, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = () if "--assets" in words else ("--assets", assets)
    assert run(*words, *where, "--out", tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"carreau: {said}")
    assert not (tmp_path / "out").exists()


def test_what_check_finds_wrong_is_not_told(assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = assets / "sites" / "une" / "site.toml"
    site.write_text(site.read_text(encoding="utf-8").replace('kind = "fosse"', 'kind = "four"'), encoding="utf-8")
    for words in (("geojson",), ("geojson", "--site", "une"), ("gpx", "--route", "way")):
        assert run(*words, "--assets", assets, "--out", tmp_path / "out") == 2
        (line,) = capsys.readouterr().err.splitlines()
        said = f"1 error; fix it (`carreau check --assets {assets}` shows it)"
        assert line == f"carreau: sites/une/site.toml: not exported, {said}"
        assert not (tmp_path / "out").exists()
    assert run("geojson", "--site", "deux", "--assets", assets, "--out", tmp_path / "out") == 0


def test_many_files_that_are_wrong_are_counted(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        (assets / "sites" / f"s{number:02}").mkdir()
    assert run("csv", "--assets", assets, "--out", tmp_path / "out") == 2
    assert "sites/s09 and 2 more: not exported, 12 errors; fix them" in capsys.readouterr().err


def test_a_part_of_the_catalogue_is_no_whole(assets: Path, tmp_path: Path) -> None:
    assert run("geojson", "--assets", assets, "--site", "une", "deux", "--route", "way", "--out", tmp_path / "out") == 0
    assert set(files(tmp_path / "out")) == {"sites/une.geojson", "sites/deux.geojson", "routes/way.geojson"}


def test_progress_is_told_up_to_the_end(assets: Path, tmp_path: Path) -> None:
    heard = list[tuple[int, int]]()
    export(ExportOptions("geojson", tmp_path / "out", assets), lambda done, total: heard.append((done, total)))
    assert heard == [(done, 4) for done in range(1, 5)]


def test_a_file_that_cannot_be_written_is_one_line(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    assert run("csv", "--assets", assets, "--out", tmp_path / "out") == 1
    assert "cannot be written" in capsys.readouterr().err
