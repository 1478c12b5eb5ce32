"""A sheet that went out and comes in changes what a person wrote into it, and loses nothing."""

from __future__ import annotations

import io
import json
import random
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from carreau.command.cli import main
from carreau.desk.document_file import Arrange, Edit, Put, document_file
from carreau.desk.history import History
from carreau.desk.saving import save
from carreau.desk.spreadsheet import Plan, sheet_from
from carreau.desk.spreadsheet_files import (
    csv_bytes,
    list_sheets,
    ods_bytes,
    plan_as_json,
    plan_from_json,
    prepare,
    read_csv,
    read_sheets,
    save_places,
    write_csv,
    write_ods,
)
from carreau.desk.spreadsheet_plan import plan_changes
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.places import ANNE, BERT, comments, copied, data_of

PLACES = ("cite-d-arenberg", "fosse-mathilde", "terril-renard")
Rows = list[list[str]]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three real places, which no test changes."""
    root = tmp_path_factory.mktemp("assets")
    for slug in PLACES:
        copied(root, slug)
    return root


@pytest.fixture(scope="module")
def exported(real: Path) -> dict[str, Rows]:
    return list_sheets(real)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path / "assets")


def plan_of(root: Path, sheets: dict[str, Rows]) -> Plan:
    return plan_changes(root, [sheet_from(name, name, rows) for name, rows in sheets.items()])


def written_into(root: Path, sheet: str, changes: dict[tuple[int, str], str], extra: Sequence[list[str]] = ()) -> Plan:
    """Return the plan of a sheet in which some cells are written over, by row and heading."""
    rows = list_sheets(root)[sheet]
    for (row, heading), text in changes.items():
        rows[row][rows[0].index(heading)] = text
    return plan_of(root, {sheet: [*rows, *extra]})


def apply(root: Path, plan: Plan) -> dict[str, Any]:
    outcome = save_places(root, plan_from_json(plan_as_json(prepare(plan))), History(root), ANNE)
    assert outcome.refused == ()
    return tomllib.loads((root / "sites" / "une" / "site.toml").read_text("utf-8"))


def test_all_real_places_come_back_unchanged() -> None:
    root = PROJECT / "assets"
    csv = plan_changes(root, [sheet for name, each in write_csv(root).items() for sheet in read_sheets(name, each)])
    assert (csv.changes, csv.notes, csv.places) == ([], [], {})


def test_ods_comes_back_unchanged(real: Path) -> None:
    content = write_ods(real)
    assert content == write_ods(real)
    plan = plan_changes(real, read_sheets("a.ods", content))
    assert (plan.changes, plan.notes, plan.places) == ([], [], {})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_rows_and_columns_may_be_sorted_moved_and_missing(
    real: Path, exported: dict[str, Rows], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(list(exported)))
    head, *rows = exported[name]
    order = data.draw(st.permutations(range(len(rows))))
    kept = data.draw(st.integers(0, len(rows)))
    columns = data.draw(st.permutations([place for place, heading in enumerate(head) if heading != "place"]))
    fewer = [head.index("place"), *columns[: data.draw(st.integers(0, len(columns)))]]
    chosen = [head, *(rows[place] for place in order[:kept])]
    plan = plan_of(real, {name: [[row[place] for place in fewer] for row in chosen]})
    assert (plan.changes, plan.places) == ([], {})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_may_end_anywhere(real: Path, exported: dict[str, Rows], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(exported)))
    content = csv_bytes(exported[name], data.draw(st.sampled_from(";,")))
    plan = plan_changes(real, [read_csv(f"{name}.csv", content[: data.draw(st.integers(0, len(content)))])])
    assert (plan.changes, plan.places) == ([], {})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_written_is_all_that_changes(real: Path, exported: dict[str, Rows], data: st.DataObject) -> None:
    """Also in a sheet that is sorted otherwise and has fewer rows."""
    name = data.draw(st.sampled_from(["visit", "facts"]))
    head, *rows = exported[name]
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=4, unique=True))
    columns = {"visit": ("access", "safety"), "facts": ("note", "unit", "source")}[name]
    changed, wanted = [list(row) for row in rows], set()
    for place in chosen:
        column = data.draw(st.sampled_from(columns))
        changed[place][head.index(column)] = f"jeton {place}"
        wanted.add((rows[place][0], column, f"jeton {place}"))
    order = data.draw(st.permutations(range(len(rows))))
    plan = plan_of(real, {name: [head, *(changed[place] for place in order)]})
    assert {(each.place, each.column, each.new) for each in plan.changes} == wanted
    assert plan.notes == []


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def reordered(content: bytes, dice: random.Random) -> bytes:
    """Return an ODS file in which each table has its rows and its columns in another order, the headings on top."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "content.xml":
                root = etree.fromstring(data)
                for table in root.iter(f"{TABLE}table"):
                    shuffle(table, dice)
                data = etree.tostring(root)
            target.writestr(entry, data)
    return stream.getvalue()


def shuffle(table: etree._Element, dice: random.Random) -> None:
    head, *rows = table.findall(f"{TABLE}table-row")
    columns = dice.sample(range(len(head)), len(head))
    for row in (head, *rows):
        cells = list(row)
        row[:] = [cells[place] for place in columns]
    for row in dice.sample(rows, len(rows)):
        table.append(row)  # moves it to the end


@pytest.mark.parametrize("seed", range(8))
def test_an_ods_file_with_rows_and_columns_in_another_order_loses_nothing(real: Path, seed: int) -> None:
    content = write_ods(real)
    moved = reordered(content, random.Random(seed))
    was, now = ([row.cells for each in read_sheets("a.ods", one) for row in each.rows] for one in (content, moved))
    assert was != now
    plan = plan_changes(real, read_sheets("a.ods", moved))
    assert (plan.changes, plan.notes, plan.places) == ([], [], {})


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_into_a_reordered_ods_file_is_all_that_changes(tmp_path: Path, seed: int) -> None:
    for slug in PLACES:
        copied(tmp_path, slug)
    before = {slug: data_of(document_file(tmp_path, "site", slug)) for slug in PLACES}
    sheets = list_sheets(tmp_path)
    head, *facts = sheets["facts"]
    place = next(number for number, row in enumerate(facts, 1) if row[head.index("place")] == "fosse-mathilde")
    number = int(facts[place - 1][head.index("row")]) - 1
    sheets["facts"][place][head.index("note")] = "jeton"
    plan = plan_changes(tmp_path, read_sheets("a.ods", reordered(ods_bytes(sheets), random.Random(seed))))
    assert [(each.place, each.column, each.new) for each in plan.changes] == [("fosse-mathilde", "note", "jeton")]
    save_places(tmp_path, prepare(plan), History(tmp_path), ANNE)
    before["fosse-mathilde"]["fact"][number]["note"] = "jeton"
    assert {slug: data_of(document_file(tmp_path, "site", slug)) for slug in PLACES} == before


def test_comments_and_everything_else_stay(tmp_path: Path) -> None:
    file = copied(tmp_path, "fosse-mathilde")
    before, text = data_of(file), file.path.read_text("utf-8")
    plan = written_into(tmp_path, "visit", {(1, "access"): "Sur rendez-vous."})
    save_places(tmp_path, prepare(plan), History(tmp_path), ANNE)
    assert data_of(file) == before | {"visit": before["visit"] | {"access": "Sur rendez-vous."}}
    assert comments(file.path.read_text("utf-8")) == comments(text)


def test_cells_of_every_kind_are_written(root: Path) -> None:
    places = written_into(
        root, "places",
        {(2, "position.lon"): "3,45", (2, "keywords"): "fosse\nmine", (2, "period"): "1831/1863", (2, "kind"): "cite"},
    )  # fmt: skip
    assert {each.column for each in places.changes} == {"position.lon", "keywords", "period", "kind"}
    data = apply(root, places)
    assert (data["position"]["lon"], data["keywords"], data["period"], data["kind"]) == (
        3.45, ["fosse", "mine"], "1831/1863", "cite",
    )  # fmt: skip
    facts = apply(root, written_into(root, "facts", {(2, "value"): "340", (2, "disputed"): "VRAI"}))["fact"]
    assert (facts[0]["value"], facts[0]["disputed"]) == (340, True)


def test_what_the_catalogue_cannot_read_is_left_out_and_the_rest_is_written(root: Path) -> None:
    plan = written_into(root, "places", {(2, "position.lon"): "399", (2, "kind"): "foss", (2, "company"): "Autre"})
    assert [each.column for each in plan.changes] == ["company"]
    assert any("399" in note for note in plan.notes)
    assert any("foss" in note for note in plan.notes)
    assert apply(root, plan)["company"] == "Autre"


def test_an_empty_cell_deletes_nothing_and_the_word_does(root: Path) -> None:
    plan = written_into(root, "visit", {(2, "access"): ""})
    assert plan.changes == []
    assert "an empty cell deletes nothing" in plan.notes[0]
    plan = written_into(root, "visit", {(2, "delete"): "access; Safety"})
    assert [(each.kind, each.column) for each in plan.changes] == [("clear", "access"), ("clear", "safety")]
    assert not {"access", "safety"} & apply(root, plan)["visit"].keys()
    plan = written_into(root, "facts", {(2, "delete"): "ligne"})
    assert [each.kind for each in plan.changes] == ["delete"]
    assert "fact" not in apply(root, plan)
    plan = written_into(root, "places", {(2, "delete"): "row"})
    assert (plan.changes, "remove its folder" in plan.notes[0]) == ([], True)
    assert "none of the columns" in written_into(root, "visit", {(2, "delete"): "tout"}).notes[0]


def test_new_rows_are_added_and_copies_are_told(root: Path) -> None:
    head, _, row = list_sheets(root)["facts"]
    fresh = ["une" if each == "place" else "" for each in head]
    for heading, text in (("name", "shafts"), ("label", "puits"), ("value", "2"), ("source", "livre")):
        fresh[head.index(heading)] = text
    other = list(row)
    other[head.index("value")] = "12"
    plan = written_into(root, "facts", {}, [row, other, fresh])
    assert [(each.kind, each.new) for each in plan.changes] == [("add", "shafts, puits, 2, livre")]
    assert ["stands in another row too" in note for note in plan.notes] == [True]
    assert [each["name"] for each in apply(root, plan)["fact"]] == ["depth_m", "shafts"]


def test_what_others_changed_since_stays(root: Path) -> None:
    sheets = list_sheets(root)
    head, _, row = sheets["facts"]
    file = document_file(root, "site", "une")
    new = {"name": "new", "label": "neuf", "source": "livre"}
    edits: list[Edit] = [
        Put(("fact", 0, "note"), "De Bert."),
        Arrange(("fact",), (new, 0)),
        Put(("visit", "access"), "De Bert."),
    ]
    save(file, edits, data_of(file), History(root), BERT)
    assert plan_of(root, sheets).changes == [], "what is not touched in the sheet is left as it is today"
    row[head.index("note")], row[head.index("value")] = "D’Anne.", "339"
    plan = plan_of(root, {"facts": sheets["facts"]})
    assert [(each.column, each.old, each.new) for each in plan.changes] == [("value", "338", "339")]
    assert "others have changed it to 'De Bert.'" in plan.notes[0]
    facts = apply(root, plan)["fact"]
    assert [(each["name"], each.get("value"), each.get("note")) for each in facts] == [
        ("new", None, None), ("depth_m", 339, "De Bert."),
    ]  # fmt: skip


def test_what_changes_between_preview_and_saving_is_not_touched(root: Path) -> None:
    plan = written_into(root, "visit", {(2, "access"): "D’Anne."})
    path = root / "sites" / "une" / "site.toml"
    path.write_text(path.read_text("utf-8").replace('"Libre."', '"À la main."'), "utf-8")
    outcome = save_places(root, prepare(plan), History(root), ANNE)
    assert (outcome.saved, "was changed meanwhile" in outcome.refused[0]) == ((), True)
    assert "À la main." in path.read_text("utf-8")


def test_columns_that_were_sorted_on_their_own_are_noticed(real: Path, exported: dict[str, Rows]) -> None:
    head, *rows = exported["places"]
    apart = [[row[0], *other[1:-1], row[-1]] for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
    plan = plan_of(real, {"places": [head, *apart]})
    assert (plan.changes, "sorted apart from each other" in plan.notes[0]) == ([], True)
    name = [[row[0], other[1], *row[2:]] for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
    plan = plan_of(real, {"places": [head, *name]})
    assert (plan.changes, "the column 'name' was sorted on its own" in plan.notes[0]) == ([], True)
    swapped = [[rows[1][0], *rows[0][1:]]]
    plan = plan_of(real, {"places": [head, *swapped]})
    assert (plan.changes, "do not belong together" in plan.notes[0]) == ([], True)


def test_rows_without_what_was_exported_are_found_by_name(root: Path) -> None:
    rows = [["place", "name", "value"], ["une", "depth_m", "340"], ["une", "nothing", ""], ["nulle-part", "x", "1"]]
    plan = plan_of(root, {"facts": rows})
    assert [(each.column, each.new) for each in plan.changes][:1] == [("value", "340")]
    assert any("nulle-part" in note for note in plan.notes)


def test_the_commands(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ods, folder = tmp_path / "a.ods", tmp_path / "csv"
    assert main(["sheets", "export", "--out", str(ods), "--assets", str(root)]) == 0
    assert main(["sheets", "export", "--out", str(folder), "--separator", ",", "--assets", str(root)]) == 0
    assert main(["sheets", "export", "--out", "a.xlsx", "--assets", str(root)]) == 2
    path = folder / "visit.csv"
    path.write_text(path.read_text("utf-8-sig").replace("Libre.", "Fermé."), "utf-8")
    capsys.readouterr()
    assert main(["sheets", "import", str(ods), str(path), "--assets", str(root)]) == 0
    assert "une, visit, access: Libre. -> Fermé." in capsys.readouterr().out
    assert 'access = "Libre."' in (root / "sites" / "une" / "site.toml").read_text("utf-8")
    assert main(["sheets", "import", str(path), "--assets", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"][0]["new"] == "Fermé."
    assert main(["sheets", "import", str(path), "--write", "--assets", str(root)]) == 0
    assert "saved: deux, une" in capsys.readouterr().out
    assert 'access = "Fermé."' in (root / "sites" / "une" / "site.toml").read_text("utf-8")
    assert main(["sheets", "import", str(tmp_path / "nothing.csv"), "--assets", str(root)]) == 2
