"""A blank is right from the start, and nothing that is there is ever overwritten."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carreau.air.massing.read_massing import read_massing
from carreau.base.document import open_document
from carreau.base.errors import ERROR, OptionError
from carreau.catalogue.catalogue import make_slug, scaffold
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.i18n.source_texts import list_rules
from carreau.catalogue.trail import Trail
from carreau.command.cli import main
from tests.conftest import PROJECT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copy(PROJECT / "assets" / "communes.geojson", tmp_path)
    return tmp_path


def test_blanks_hold_questions_and_no_errors(root: Path) -> None:
    scaffold("site", "Fosse de l’Œuvre n° 3", root)
    scaffold("state", "fosse-de-l-oeuvre-n-3/1930", root)
    scaffold("state", "fosse-de-l-oeuvre-n-3/today", root)
    scaffold("route", "promenade", root)
    scaffold("trail", "La grève", root)
    scaffold("map", "la-greve/jours", root)
    checked = check_folder(root)
    assert [str(each) for each in checked.of_level(ERROR)] == []
    assert checked.findings
    assert checked.names["sites/fosse-de-l-oeuvre-n-3/site.toml"] == "Fosse de l’Œuvre n° 3"


def test_a_blank_with_everything_uncommented_has_no_unknown_key(root: Path) -> None:
    scaffold("site", "une", root)
    scaffold("state", "une/1930", root)
    trail = scaffold("trail", "récit", root)
    for path in (
        root / "sites" / "une" / "site.toml",
        trail,
        scaffold("show", "recit/mots", root),
        scaffold("map", "recit/jours", root),
    ):
        lines = path.read_text(encoding="utf-8").split("\n")
        whole = (line[2:] if line.startswith(("# [", "# ")) and is_toml(line) else line for line in lines)
        path.write_text("\n".join(whole))
        assert open_document(path, "").findings == []
    assert [str(each) for each in check_folder(root).findings if each.topic in ("unknown key", "missing key")] == []


def test_a_trail_is_offered_every_key_that_it_may_have(root: Path) -> None:
    path = scaffold("trail", "récit", root)
    lines = path.read_text(encoding="utf-8").split("\n")
    whole = "\n".join(line[2:] if line.startswith("# ") and is_toml(line) else line for line in lines)
    assert list(not_offered(Trail, tomllib.loads(whole), "trail")) == []


def not_offered(of: type, table: dict[str, Any], name: str) -> Iterator[str]:
    for key, rule in list_rules(of):
        inner = f"{name}.{key}"
        if key not in table:
            yield inner
        elif rule.kind == "one":
            yield from not_offered(rule.of, table[key], inner)
        elif rule.kind == "many":
            yield from not_offered(rule.of, table[key][0], inner)


def is_toml(line: str) -> bool:
    return line[2:].startswith("[") or (" = " in line and line.split(" = ")[0][2:].replace("_", "").isalpha())


def test_what_is_there_is_left_as_it_is(root: Path) -> None:
    for what, name in (("site", "une"), ("route", "une"), ("trail", "une"), ("state", "une/1930")):
        path = scaffold(what, name, root)
        before = path.read_bytes()
        with pytest.raises(OptionError, match="already"):
            scaffold(what, name, root)
        assert path.read_bytes() == before


def test_a_map_has_a_name_of_its_own_in_the_catalogue(root: Path) -> None:
    scaffold("site", "une", root)
    scaffold("trail", "récit", root)
    path = scaffold("map", "une/puits", root)
    assert path == root / "sites" / "une" / "puits.scene.toml"
    with pytest.raises(OptionError, match=r"sites/une/puits\.scene\.toml already exists"):
        scaffold("map", "recit/puits", root)
    with pytest.raises(OptionError, match="no trail or site 'deux'"):
        scaffold("map", "deux/puits", root)


def test_measured_facts_begin_with_an_example_that_can_be_built(root: Path) -> None:
    scaffold("site", "une", root)
    path = scaffold("massing", "une/halle", root)
    assert path == root / "sites" / "une" / "halle.massing.toml"
    names = [part.name for part in read_massing(path).parts]
    assert names == ["halle", "toit"]
    with pytest.raises(OptionError, match="already"):
        scaffold("massing", "une/halle", root)
    with pytest.raises(OptionError, match="is not SITE/NAME"):
        scaffold("massing", "halle", root)


def test_a_state_keeps_every_byte_of_its_site(root: Path) -> None:
    path = scaffold("site", "une", root)
    before = path.read_text(encoding="utf-8")
    scaffold("state", "une/1930", root)
    assert path.read_text(encoding="utf-8").startswith(before)
    assert [each.name for each in path.parent.iterdir()] == ["site.toml"]


@pytest.mark.parametrize(
    ("what", "name", "says"),
    [
        ("state", "une", "SITE/STATE"),
        ("state", "une/Un État", "SITE/STATE"),
        ("state", "../une/1930", "SITE/STATE"),
        ("state", "deux/1930", "create the site first"),
        ("site", "…", "neither letters nor digits"),
    ],
)
def test_a_name_that_makes_no_sense_is_refused(root: Path, what: str, name: str, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        scaffold(what, name, root)


def test_a_state_is_not_added_to_what_cannot_be_read(root: Path) -> None:
    path = scaffold("site", "une", root)
    for text in ("name = ", 'name = "a"\nstate = []\n'):
        path.write_text(text)
        with pytest.raises(OptionError):
            scaffold("state", "une/1930", root)
        assert path.read_text() == text


def test_a_name_never_leaves_its_folder(root: Path) -> None:
    assert make_slug("../../etc/passwd") == "etc-passwd"
    assert scaffold("site", "../x", root) == root / "sites" / "x" / "site.toml"


def test_the_command_says_which_file_it_wrote(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "site", "une", "--assets", str(root)]) == 0
    assert capsys.readouterr().out == f"{root / 'sites' / 'une' / 'site.toml'}\n"
    assert main(["new", "site", "une", "--assets", str(root)]) == 2
