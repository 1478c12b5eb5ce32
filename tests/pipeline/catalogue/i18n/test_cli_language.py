"""The command speaks the language of its environment, and English where it does not know it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES, cli_locale
from carreau.base.messages import plural_message
from carreau.base.translator import Translator
from carreau.command.cli import main
from tests.pipeline.catalogue.catalogues import SITE, written

SPACES = re.compile("[\u00a0\u202f]")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr_BE@euro", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "", "LANGUAGE": "it:nl:fr"}, "nl"),
        ({"LANG": "C", "LANGUAGE": "fr"}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "en"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(environment: dict[str, str], language: str) -> None:
    assert cli_locale(None, environment) == language
    assert cli_locale("de", environment) == "de"


def test_a_check_is_told_in_the_language_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(written(tmp_path / "assets", SITE.replace('insee = "59001"\n', "")))
    assert main(["check", "--assets", root]) == 2
    english = capsys.readouterr().out
    assert "2 sites, 1 route: " in english
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert main(["check", "--assets", root]) == 2
    output = SPACES.sub(" ", capsys.readouterr().out)
    assert "2 lieux, 1 itinéraire : " in output
    assert "la clé manque" in output
    assert len(output.splitlines()) == len(english.splitlines())
    assert main(["--lang", "en", "check", "--assets", root]) == 2
    assert capsys.readouterr().out == english
    main(["check", "--assets", root, "--json"])
    assert '"the key is missing"' in capsys.readouterr().out


def test_failures_are_told_in_the_language_of_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(written(tmp_path / "assets"))
    assert main(["--lang", "fr", "new", "site", "une", "--assets", root]) == 2
    assert "existe déjà ; choisissez un autre nom" in SPACES.sub(" ", capsys.readouterr().err)
    assert (
        main(["--lang", "fr", "texts", "export", "--lang", "es", "--out", str(tmp_path / "x"), "--assets", root]) == 2
    )
    assert capsys.readouterr().err == "carreau: --lang es\u00a0: choisissez parmi\u00a0: en, nl, de, pl\n"


def test_texts_go_out_and_come_back_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = str(written(tmp_path / "assets")), tmp_path / "nl.xlf"
    common = ["--assets", root, "--locales", str(tmp_path / "locales")]
    assert main(["texts", "export", "--lang", "nl", "--site", "une", "--out", str(out), *common]) == 0
    assert "xliff:document:1.2" in out.read_text()
    out.write_text(out.read_text().replace('state="needs-translation" xml:lang="nl"/>', ">Iets</target>", 2))
    assert main(["--lang", "fr", "texts", "import", str(out), *common]) == 0
    assert "2 acceptées, 0 non relue, 0 périmée, 0 inconnue" in capsys.readouterr().out
    assert main(["texts", "import", str(out), *common]) == 0
    assert "0 accepted, 0 unreviewed, 0 stale, 0 unknown, 2 unchanged" in capsys.readouterr().out


def test_a_folder_that_is_no_bundle_is_told_in_french(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "fr", "verify", str(tmp_path)]) == 2
    output = SPACES.sub(" ", capsys.readouterr().err)
    assert output == f"carreau: {tmp_path} ne contient pas de manifest.json ; donnez le dossier d’un ensemble publié\n"


BROKEN = {
    "no-faces.obj": b"v 0 0 0\nv 1 0 0\n",
    "vertex.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    "number.ply": b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
    b"end_header\n1 2 x\n",
    "short.glb": b"glTF\x02\0\0\0\xff\xff\0\0",
    "count.stl": b"\0" * 80 + b"\xff\xff\0\0" + b"\0" * 50,
    "header.las": b"LASF" + b"\0" * 40,
    "archive.zip": b"PK\x03\x04rest",
    "empty.e57": b"",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_scan_is_refused_in_five_languages(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    lines = {}
    for language in LANGUAGES:
        assert main(["--lang", language, "model", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
        (lines[language],) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("carreau: "))
    assert len(set(lines.values())) == len(LANGUAGES)
    english = {clause for clause in re.split(": |; ", lines.pop("en").partition(name)[2]) if len(clause.split()) > 2}
    assert english
    for language, line in lines.items():
        assert [clause for clause in english if clause in line] == [], language
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("count", "expected"), [(1, "1 plik "), (3, "3 pliki "), (5, "5 plików "), (22, "22 pliki ")])
def test_poles_count_files(count: int, expected: str) -> None:
    text = plural_message("%(count)s file in %(folder)s", "%(count)s files in %(folder)s", count, folder="out")
    assert Translator("pl").message(text).startswith(expected)


NOTICES = {
    "fr": "le catalogue se nomme désormais avec --assets",
    "en": "the catalogue is named with --assets now",
    "nl": "de catalogus wordt nu met --assets genoemd",
    "de": "der Katalog wird jetzt mit --assets genannt",
    "pl": "katalog podaje się teraz przez --assets",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [("check",), ("texts", "status")])
def test_a_catalogue_named_as_before_is_read_with_a_notice(
    language: str, command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(written(tmp_path / "assets"))
    assert main(["--lang", language, *command, "--assets", root, "--json"]) == 0
    now = capsys.readouterr()
    assert main(["--lang", language, *command, root, "--json"]) == 0
    before = capsys.readouterr()
    assert (before.out, now.err) == (now.out, "")
    assert NOTICES[language] in before.err
    assert f"`carreau {' '.join(command)} --assets {root}`" in before.err
    assert main(["--lang", language, *command, root, "--assets", str(tmp_path)]) == 2
    assert "--assets" in capsys.readouterr().err
