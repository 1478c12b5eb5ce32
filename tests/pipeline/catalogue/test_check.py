"""A mistake is told with its file, its line, its key and its cure; what nobody knows yet is a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION, Diagnostic, OptionError
from carreau.base.messages import Message
from carreau.base.translator import Translator
from carreau.catalogue.check_catalogue import check_folder
from carreau.command.cli import main
from tests.pipeline.catalogue.catalogues import ROUTE, SITE, written

# What is written, what is written in its place, a line it is found on, level, cause, cure.
MISTAKES = {
    "unknown key": ('summary = "Une', 'sumary = "Une', "sumary", ERROR, "the key is unknown", "write summary"),
    "number in quotation marks": (
        "value = 338", "value = true", "value = true", ERROR, "True is neither text nor a number", "write one of them",
    ),
    "a length with its unit": (
        "lon = 3.4\nlat = 50.35\nbasis", 'lon = "3.4 E"\nlat = 50.35\nbasis', "3.4 E", ERROR, "'3.4 E' is not a number",
        "write a number in degrees, without the unit and without quotation marks",
    ),
    "a word that is not foreseen": (
        'theme = "exploitation"', 'theme = "exploitations"', "theme", ERROR,
        "'exploitations' is not a value of this key", "write exploitation",
    ),
    "closed before it opened": (
        "when = 1862-08-30", 'when = "1812"', 'when = "1812"', ERROR, "'closed' is dated 1812, before 'opened' (1831)",
        "correct one of the dates, or set disputed = true on both",
    ),
    "no such day": (
        'when = "1831"', 'when = "1831-02-30"', "1831-02-30", ERROR, "this day does not exist", "write it as",
    ),
    "exchanged lon and lat": (
        "lon = 3.4\nlat = 50.35\nbasis", "lon = 50.35\nlat = 3.4\nbasis", "lon = 50.35", ERROR,
        "the position is outside Ici: lon and lat are swapped", "swap them",
    ),
    "a position in the next commune": (
        "lon = 3.4\nlat = 50.35\nbasis", "lon = 3.55\nlat = 50.35\nbasis", "lon = 3.55", ERROR,
        "the position is outside Ici, in Là", "correct lon and lat, or the commune",
    ),
    "a code of another commune": (
        'insee = "59001"', 'insee = "59002"', "commune =", ERROR, "'59002' is the INSEE code of Là, not of Ici",
        "write Là, or correct",
    ),
    "a missing file": (
        '"facade.jpg"', '"front.jpg"', "front.jpg", ERROR, "'front.jpg' does not exist", "add the file, or correct",
    ),
    "a file elsewhere": (
        '"facade.jpg"', '"../../../x.jpg"', "x.jpg", ERROR, "is outside the folder", "move it next to this file",
    ),
    "no licence": (
        'licence = "CC0-1.0"\nalt', 'licence = ""\nalt', 'licence = ""', ERROR, "the licence is missing", "CC-BY-4.0",
    ),
    "no credit": (
        'credit = "Quelqu’un"\nlicence = "CC0-1.0"\nalt', 'credit = ""\nlicence = "CC0-1.0"\nalt', 'credit = ""',
        ERROR, "the credit is missing", "the author and the collection",
    ),
    "no alternative text": (
        'alt = "Une', '# alt = "Une', "[[media]]", ERROR, "the alternative text is missing", "picture",
    ),
    "no transcript": (
        'transcript = "Bonjour."', 'transcript = ""', "transcript", ERROR, "the transcript is missing", "write down",
    ),
    "a dead link": (
        "(site:deux)", "(site:trois)", "description", ERROR, "there is no site 'trois'", "correct the name",
    ),
    "a link to nowhere": (
        "(site:deux)", "(sites/deux.html)", "description", ERROR, "'sites/deux.html' is no address that a text can",
        "begin it with site:, route:, trail:, media: or https://",
    ),
    "an annotation of no state": (
        'state = "today"\npoint', 'state = "todya"\npoint', "todya", ERROR, "there is no state 'todya'", "use one of",
    ),
    "a fact without a source": (
        'unit = "m"\nsource = "livre"', 'unit = "m"\nsource = ""', 'source = ""', ERROR, "the fact has no source",
        "name the source",
    ),
    "parking that nobody vouches for": (
        'accessibility = "De plain-pied."', 'accessibility = "De plain-pied."\nparking = "Devant l’église."', "[visit]",
        ERROR, "'parking' has no source", "say where it was read",
    ),
    "a fact in an unknown unit": ('unit = "m"', 'unit = "pieds"', "pieds", ERROR, "an unknown unit", "use one of: m"),
    "an element of another component": (
        '"15A"', '"14A"', "14A", ERROR, "element 14A does not belong to component 15", "from the official list",
    ),
    "an element of another site": ('"15A"', '"15B"', "15B", ERROR, "element 15B is also that of 'deux'", "correct one"),
    "a made-up code": ('"1360-008"', '"1360-8"', "1360-8", ERROR, "is not a UNESCO code", "do not make one up"),
    "a name that is there twice": ('id = "voice"', 'id = "facade"', None, ERROR, "'facade' is used twice", "rename"),
    "a state without a licence": (
        'author = "Une équipe"\nlicence = "CC-BY-4.0"', 'author = "Une équipe"', "[[state]]", ERROR,
        "the licence is missing", "CC-BY-4.0",
    ),
    "a state elsewhere": (
        "[state.geopose]\nlon = 3.4", "[state.geopose]\nlon = 3.8", "lon = 3.8", ERROR,
        "the position is outside Ici", "correct lon and lat",
    ),
    "a broken line": ('name = "Fosse Une"', 'name = "Fosse Une', "Fosse Une", ERROR, "has no closing", "at its end"),
    "a table written as a key": ("[visit]\n", "[[visit]]\n", "[[visit]]", ERROR, "is not a table", "write [visit] on"),
    "a point of two numbers": (
        "point = [0, 1, 2]", "point = [0, 1]", "point", ERROR, "not a list of three", "[x, y, z]",
    ),
    "an unverified entry": ('"high"', '"medium"', "medium", QUESTION, "the entry is not verified", "second source"),
    "an empty key": ('access = "Libre."', 'access = ""', "access", QUESTION, "not filled in yet", "once it is"),
    "a disputed date": (
        'when = "1831"', 'when = "1831"\ndisputed = true', "when", QUESTION, "sources disagree about this date",
        "find out which one is right",
    ),
    "a question for the team": (
        'confidence = "high"', 'confidence = "high"\nquestions = ["Qui l\'a bâtie ?"]', "questions", QUESTION,
        "Qui l'a bâtie ?", "answer it",
    ),
    "a part without a title": (
        'name = "toit"\ntitle = "toit"', 'name = "toit-plat"', "[[state.part]]", QUESTION,
        "visitors read 'toit plat'", "write title =",
    ),
    "a note to the team": (
        'access = "Libre."', 'access = "À vérifier."', "access", QUESTION, "'À vérifier.' reads as a note to the team",
        "move it to questions",
    ),
    "a draft": ('file = "facade.jpg"', 'file = ""', 'file = ""', QUESTION, "the file is still missing", "name it"),
}  # fmt: skip


def found(root: Path, site: str = SITE, route: str = ROUTE) -> list[Diagnostic]:
    return list(check_folder(written(root, site, route)).findings)


def is_translated(text: str) -> bool:
    return isinstance(text, Message) and Translator("fr").message(text) != text


def test_outlines_of_communes_need_a_source(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    communes = root / "communes.geojson"
    communes.write_text(communes.read_text().replace('"source": "plan", ', ""))
    [finding] = check_folder(root).findings
    assert (finding.level, finding.file, finding.cause) == (
        QUESTION, "communes.geojson", "the source of the outlines is missing",
    )  # fmt: skip


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert found(tmp_path / "assets") == []


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_told_with_its_line_and_cure(tmp_path: Path, name: str) -> None:
    right, wrong, on, level, cause, cure = MISTAKES[name]
    assert right in SITE
    text = SITE.replace(right, wrong, 1)
    said = [each for each in found(tmp_path / "assets", text) if cause in each.cause]
    assert said, name
    assert said[0].level == level
    assert said[0].file == "sites/une/site.toml"
    assert cure in said[0].cure
    assert said[0].line is not None
    if on is not None:
        line = text.split("\n")[said[0].line - 1]
        assert on in line, line


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_told_in_french_too(tmp_path: Path, name: str) -> None:
    right, wrong, *_ = MISTAKES[name]
    for each in found(tmp_path / "assets", SITE.replace(right, wrong, 1)):
        if each.topic != "question":
            assert is_translated(each.cause), each.cause
        assert is_translated(each.cure), each.cure


@pytest.mark.parametrize(
    ("right", "wrong", "on", "cause"),
    [
        ('site = "une"', 'site = "uen"', "uen", "there is no site 'uen'"),
        ('site = "une"', "", "[[stop]]", "a stop needs either a site or a place"),
        ("length_km = 2.5", "length_km = 2500", "2500", "2500 is out of range"),
        ("length_km = 2.5", "length_m = 2500", "length_m", "the key is unknown"),
        ('path = "way.gpx"', 'path = ""', "path_measure", "without a path, the stops are connected by straight lines"),
        ('path = "way.gpx"', 'path = "way.kml"', "way.kml", "'way.kml' does not exist"),
        ("step_free = true", 'step_free = "oui"', "step_free", "'oui' is neither true nor false"),
        ("lon = 3.55", "lon = 3.45", "lon = 3.45", "the position is outside Là, in Ici"),
    ],
)
def test_a_mistake_in_a_route_is_told_with_its_line(
    tmp_path: Path, right: str, wrong: str, on: str, cause: str
) -> None:
    text = ROUTE.replace(right, wrong, 1)
    said = [each for each in found(tmp_path / "assets", route=text) if cause in each.cause]
    assert said
    assert said[0].line is not None
    assert on in text.split("\n")[said[0].line - 1]


def test_a_file_that_is_too_large_is_told_with_its_size(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    with (root / "sites" / "une" / "facade.jpg").open("wb") as file:
        file.truncate(31_000_000)
    [said] = check_folder(root).findings
    assert said.cause == "'facade.jpg' has 31.0 MB; the limit is 30 MB"


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("way.gpx", "<gpx><wpt lat='50' lon='3'/></gpx>", "its path has fewer than two points"),
        ("way.gpx", "<gpx><trkpt lat='x' lon='3'/></gpx>", "it does not contain a path in degrees"),
        (
            "way.geojson",
            '{"type": "LineString", "coordinates": [[3, 50], [700000, 6000000]]}',
            "it does not contain a path in degrees",
        ),
        ("way.geojson", '{"type": "Feature", "geometry": null}', "it does not contain a path in degrees"),
        ("way.geojson", "[1]", "it does not contain a path in degrees"),
        ("way.geojson", '{"type": "LineString", "coordinates": [[3.4, 50.35], [3.55, 50.35]]}', ""),
    ],
)
def test_a_path_that_is_none_is_told(tmp_path: Path, name: str, content: str, cause: str) -> None:
    root = written(tmp_path / "assets", route=ROUTE.replace("way.gpx", name))
    (root / "routes" / "way.gpx").unlink()
    (root / "routes" / name).write_text(content)
    said = check_folder(root).findings
    assert [each.cause for each in said] == ([f"'{name}': {cause}"] if cause else [])
    assert all(is_translated(each.cause) for each in said)


def test_an_outline_that_is_none_is_told(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    for content in ("{", "[]", '{"type": "Point", "coordinates": [1, 2]}', '{"features": [{"geometry": 1}]}'):
        (root / "sites" / "une" / "outline.geojson").write_text(content)
        [said] = check_folder(root).findings
        assert (said.key, said.topic) == ("outline", "wrong value")
        assert is_translated(said.cause)


def test_a_place_in_two_communes_may_lie_in_either(tmp_path: Path) -> None:
    text = SITE.replace("lon = 3.4\nlat", "lon = 3.55\nlat").replace('"59001"', '"59001"\ncommunes = ["Ici", "Là"]')
    assert {each.level for each in found(tmp_path / "assets", text)} == {QUESTION}


def test_a_folder_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="neither sites/ nor routes/"):
        check_folder(tmp_path)


def test_the_command_exits_2_on_errors_and_0_on_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = written(tmp_path / "assets", SITE.replace('"high"', '"low"'))
    assert main(["check", "--assets", str(root)]) == 0
    assert capsys.readouterr().out.endswith("2 sites, 1 route: 0 errors, 1 open question\n")
    written(root, SITE.replace('name = "Fosse', 'nom = "Fosse'))
    assert main(["check", "--assets", str(root), "--json"]) == 2
    output = json.loads(capsys.readouterr().out)
    assert (output["errors"], output["sites"], output["routes"]) == (2, 2, 1)
    assert {each["key"] for each in output["findings"]} == {"nom", "name"}


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    root = written(tmp_path / "assets", SITE.replace('alt = "Une', '# alt = "Une'))
    page = tmp_path / "page.html"
    assert main(["check", "--assets", str(root), "--page", str(page)]) == 2
    text = page.read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert "le texte de remplacement manque" in text
    assert main(["check", "--assets", str(root), "--page", str(page), "--lang", "en"]) == 2
    assert "the alternative text is missing" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("points", "told", "more", "asked"),
    [
        (((3.4, 50.35), (3.55, 50.36)), "[[stop]]", "", "the path passes 1,106 m away from this stop"),
        (((3.55, 50.35), (3.4, 50.35)), "[[stop]]", "", "the path passes this stop before the one that precedes it"),
        (
            ((3.4, 50.35), (3.55, 50.35)), 'path_measure = "measured"', 'path_measure = "computed"',
            "the path was computed, and nobody has walked it",
        ),
    ],
    ids=["far", "backwards", "computed"],
)  # fmt: skip
def test_a_path_is_held_against_its_stops(
    tmp_path: Path, points: tuple[tuple[float, float], ...], told: str, more: str, asked: str
) -> None:
    root = written(tmp_path / "assets", route=ROUTE.replace(told, more or told))
    trkpts = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in points)
    (root / "routes" / "way.gpx").write_text(f"<gpx><trk><trkseg>{trkpts}</trkseg></trk></gpx>")
    found = [each for each in check_folder(root).findings if each.file.startswith("routes/")]
    assert [each.level for each in found] == [QUESTION] * len(found)
    assert any(str(each.cause).startswith(asked) for each in found), [str(each.cause) for each in found]
    if more:
        walked = ROUTE.replace(told, f"{more}\nwalked = true")
        (root / "routes" / "way.toml").write_text(walked, encoding="utf-8")
        assert not [each for each in check_folder(root).findings if each.file.startswith("routes/")]


@pytest.mark.parametrize(
    ("at", "level", "topic", "key"),
    [
        ("lon = 3.4\nlat = 50.35\n", ERROR, "missing source", "stop 1, at, basis"),
        ('lon = 3.4\nbasis = "grille"\n', QUESTION, "not written", "stop 1, at"),
    ],
    ids=["no basis", "no latitude"],
)
def test_where_one_stands_is_checked_as_any_position(tmp_path: Path, at: str, level: str, topic: str, key: str) -> None:
    route = ROUTE.replace('text = "Départ."\n', f'text = "Départ."\n\n[stop.at]\n{at}')
    [each] = [each for each in found(tmp_path / "assets", route=route) if each.key.startswith("stop 1, at")]
    assert (each.level, each.topic, each.key) == (level, topic, key)


@pytest.mark.parametrize(
    ("first", "key"),
    [
        ('[[stop]]\ntext = "Ici."\n\n[stop.place]\nname = "Lieu"\ncommune = "Là"\ninsee = "59002"\n', "stop 1, place"),
        ('[[stop]]\nsite = "une"\ntext = "Ici."\n\n[stop.at]\nbasis = "carte"\n', "stop 1"),
    ],
    ids=["place", "site"],
)
def test_the_start_of_a_route_needs_a_position(tmp_path: Path, first: str, key: str) -> None:
    route = ROUTE.replace("[[stop]]", first + "\n[[stop]]", 1)
    [each] = [each for each in found(tmp_path / "assets", route=route) if "first stop" in str(each.cause)]
    assert (each.level, each.topic) == (ERROR, "missing key")
    assert each.key.startswith(key)
    assert each.line is not None
