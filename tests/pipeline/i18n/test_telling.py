"""The command speaks the language of its environment, and English where it does not know it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.i18n.languages import cli_locale
from pipeline.i18n.telling import tell
from tests.pipeline.catalogue.catalogues import SITE, written

SPACES = re.compile("[\u00a0\u202f]")


def french(line: str) -> str:
    return SPACES.sub(" ", next(iter(tell([line], "fr"))))


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


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("skipped  gpx: the places of two stops are not known; write them, or draw its path: a, b and 7 more",
         "laissé   gpx : on ne connaît pas la position de deux arrêts ; écrivez-les, ou tracez le chemin : "
         "a, b et 7 autres"),
        ("bundle: 1,234 files, 12.3 MB, 3 releases: publish again to mend it",
         "bundle : fichiers 1 234, 12,3 Mo, versions 3 : publiez à nouveau pour réparer"),
        ("bundle: files that were missing or damaged written again, 1.5 MB",
         "bundle : fichiers manquants ou abîmés écrits à nouveau, 1,5 Mo"),
        ("bundle: 1,234 of them only former releases name; `carreau publish --keep 0` removes these",
         "bundle : nommés seulement par d’anciennes versions : 1 234 ; `carreau publish --keep 0` supprime ces "
         "versions"),
        ("stray: files/a: b.txt: no release names it; `carreau publish --keep N` removes it",
         "égaré : files/a: b.txt : aucune version ne le nomme ; `carreau publish --keep N` le supprime"),
        ("bundle: release 0a1b: 53 sites, 5 routes, 2,345 answers, 6,789 files of 1,234.5 MB, 0.3 MB of them new",
         "bundle : version 0a1b : sites 53, itinéraires 5, réponses 2 345, fichiers 6 789 ; 1 234,5 Mo, dont 0,3 Mo de "
         "nouveaux"),
        ("a.toml, b.toml and 3 more: not published, with 14 errors in all; put right what `carreau check a b` says",
         "a.toml, b.toml et 3 autres : pas publié ; erreurs en tout : 14 ; corrigez ce que dit `carreau check a b`"),
        ("models/a.glb: it cannot be read: Is it; there; build it again",
         "models/a.glb : il ne peut pas être lu : Is it; there ; fabriquez-le à nouveau"),
        ("bundle: there is no release before this one to put back; kept are: a1, b2",
         "bundle : il n’y a pas de version avant celle-ci à remettre en service ; versions gardées : a1, b2"),
        ("nobody said: this before; nor that", "nobody said: this before; nor that"),
        ("", ""),
    ],
)  # fmt: skip
def test_lines_are_told_in_french(english: str, said: str) -> None:
    assert french(english) == said


def test_a_check_is_told_in_the_language_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(written(tmp_path / "assets", SITE.replace('insee = "59001"\n', "")))
    assert main(["check", root]) == 2
    english = capsys.readouterr().out
    assert "2 sites, 1 route: " in english
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert main(["check", root]) == 2
    said = SPACES.sub(" ", capsys.readouterr().out)
    assert "2 lieux, 1 itinéraire : " in said
    assert "la clé manque" in said
    assert len(said.splitlines()) == len(english.splitlines())
    assert main(["--lang", "en", "check", root]) == 2
    assert capsys.readouterr().out == english
    main(["check", root, "--json"])
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


WHOLE = {
    "fr": "bundle\u00a0: la version 0a1b est en service\u00a0; rien n’a changé",
    "nl": "bundle: versie 0a1b is in gebruik; er is niets veranderd",
    "de": "bundle: Version 0a1b wird ausgeliefert; nichts hat sich geändert",
    "pl": "bundle: wersja 0a1b jest udostępniana; nic się nie zmieniło",
}


@pytest.mark.parametrize("language", sorted(WHOLE))
def test_what_publishing_did_is_told_in_every_language(language: str) -> None:
    assert list(tell(["bundle: release 0a1b is served; nothing changed"], language)) == [WHOLE[language]]


def test_a_folder_that_is_no_bundle_is_told_in_french(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "fr", "verify", str(tmp_path)]) == 2
    said = SPACES.sub(" ", capsys.readouterr().err)
    assert said == f"carreau: {tmp_path} ne contient pas de manifest.json ; donnez le dossier d’un ensemble publié\n"
