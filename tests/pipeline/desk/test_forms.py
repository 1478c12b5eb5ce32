"""A form has every key of a place, shows it, and gives back what was changed and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from carreau.catalogue.fields import FieldRule
from carreau.catalogue.route import Route
from carreau.catalogue.show import MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.trail import Trail
from carreau.desk.document_file import Arrange, Edit, Put, apply_edits, normal
from carreau.desk.form_layout import GROUPS_OF, FormField, FormTable, fields_in, laid_out
from carreau.desk.form_state import ORDER, TAKE, THEIRS, VALUE, FormState, parse, sent_state, show
from carreau.desk.form_words import GROUPS
from tests.conftest import PROJECT
from tests.pipeline.desk.places import SITES, leaves


def data_of(slug: str) -> dict[str, Any]:
    return tomllib.loads((PROJECT / "assets" / "sites" / slug / "site.toml").read_text("utf-8"))


def filled(data: dict[str, Any]) -> FormState:
    state = FormState()
    state.fill(data, Site)
    return state


def sent(state: FormState) -> FormState:
    """As a browser sends it back."""
    values = {f"{VALUE}{name}": text.replace("\n", "\r\n") for name, text in state.values.items()}
    return sent_state(values | {f"{ORDER}{name}": " ".join(rows) for name, rows in state.orders.items()})


def test_every_key_is_in_one_group_and_has_a_label() -> None:
    keys = [key for group in GROUPS.values() for key in group]
    assert sorted(keys) == sorted(each.name for each in fields(Site))
    for part in fields_in(laid_out(filled(data_of("demonstration")), [])):
        assert part.heading if isinstance(part, FormTable) else part.label, part.name


ASSETS = PROJECT / "assets"
DOCUMENTS: list[tuple[type, Path]] = [
    *((Route, path) for path in sorted(ASSETS.glob("routes/*.toml"))),
    *((Trail, path) for path in sorted(ASSETS.glob("trails/*/trail.toml"))),
    *((Show, path) for path in sorted(ASSETS.glob("*/*/*.show.toml"))),
    *((MapScene, path) for path in sorted(ASSETS.glob("*/*/*.scene.toml"))),
]
NOT_IN_FORM: dict[type, list[str]] = {MapScene: ["feature", "ground"]}
"""What is drawn on a map, and below it, is written in its file."""


@pytest.mark.parametrize(("of", "path"), DOCUMENTS, ids=lambda each: getattr(each, "name", each.__class__.__name__))
def test_routes_trails_shows_and_maps_have_a_form_too(of: type, path: Path) -> None:
    data, left_out = tomllib.loads(path.read_text("utf-8")), NOT_IN_FORM.get(of, [])
    state = FormState()
    state.fill(data, of)
    keys = [key for group in GROUPS_OF[of].values() for key in group]
    assert sorted([*keys, *left_out]) == sorted(each.name for each in fields(of))
    form = {part.name: part for part in fields_in(laid_out(state, [], of))}
    for part in form.values():
        assert part.heading if isinstance(part, FormTable) else part.label, part.name
    for at, rule, value in leaves({key: value for key, value in data.items() if key not in left_out}, of):
        part = form[".".join(map(str, at))]
        assert isinstance(part, FormField)
        assert part.text == show(rule, value)
    assert sent(state).edits(data, of) == []


@pytest.mark.parametrize("slug", SITES)
def test_a_form_that_is_sent_back_as_it_was_changes_nothing(slug: str) -> None:
    data = data_of(slug)
    assert sent(filled(data)).edits(data, Site) == []
    assert sent(filled(normal(data))).edits(normal(data), Site) == []


@pytest.mark.parametrize("value", [4.20289e-05, -5.135e-06, 3.4, 10.0, 1e22, 7])
def test_numbers_are_taken_back_as_they_are_shown(value: float) -> None:
    """Also those that Python writes with an exponent, such as a longitude next to Greenwich."""
    assert parse(FieldRule("number"), show(FieldRule("number"), value)) == value
    assert parse(FieldRule("triple"), show(FieldRule("triple"), [value, 0, 1])) == [value, 0, 1]


@pytest.mark.parametrize("slug", SITES)
def test_every_value_of_a_place_is_in_its_form(slug: str) -> None:
    data = data_of(slug)
    form = {part.name: part for part in fields_in(laid_out(filled(data), [])) if isinstance(part, FormField)}
    for path, rule, value in leaves(data):
        assert form[".".join(map(str, path))].text == show(rule, value)


@pytest.mark.parametrize(
    ("name", "text", "edit"),
    [
        ("name", " Autre ", Put(("name",), "Autre")),
        ("summary", "", Put(("summary",), "")),
        ("position.lon", "3,5", Put(("position", "lon"), 3.5)),
        ("position.lon", "", Put(("position", "lon"), None)),
        ("visit.step_free", "true", Put(("visit", "step_free"), True)),
        ("fact.1.value", "41", Put(("fact", 1, "value"), 41)),
        ("keywords", "a\r\n\r\nb\r\n", Put(("keywords",), ["a", "b"])),
        ("description", "Un.\r\n\r\nDeux\r\ntrois.", Put(("description",), "Un.\n\nDeux trois.")),
        ("period", "1900/1924~", Put(("period",), "1900/1924~")),
        ("name", "a\x00b\u2028c", Put(("name",), "abc")),
    ],
)
def test_a_change_of_a_field_is_an_edit(name: str, text: str, edit: Put) -> None:
    data = data_of("cite-d-arenberg")
    state = sent(filled(data))
    state.values[name] = text
    assert state.edits(data, Site) == [edit]


def test_a_table_that_was_not_there_comes_with_its_first_value() -> None:
    state = sent(filled({"name": "a"}))
    state.values["visit.access"] = "Libre."
    assert apply_edits({"name": "a"}, state.edits({"name": "a"}, Site)) == {"name": "a", "visit": {"access": "Libre."}}


def test_rows_are_added_moved_and_removed_by_buttons() -> None:
    data = data_of("cite-d-arenberg")
    state = sent(filled(data))
    assert state.act("add:fact")
    assert state.act("up:fact:1")
    assert state.act("remove:fact:2")
    assert not state.act("remove:fact:99")
    assert not state.act("save")
    assert not state.act("add:nothing")
    state.values["fact.n0.name"] = "x"
    state.values["fact.0.label"] = "autre"
    assert state.edits(data, Site) == [
        Put(("fact", 0, "label"), "autre"), Arrange(("fact",), (1, 0, 3, {"name": "x", "label": ""})),
    ]  # fmt: skip


def test_rows_in_rows() -> None:
    data = data_of("demonstration")
    state = sent(filled(data))
    assert state.act("add:tour.0.step")
    state.values["tour.0.step.n0.duration_s"] = "3"
    state.values["tour.0.step.n0.camera.position"] = "1 2 3"
    assert state.act("add:tour")
    assert state.act("add:tour.n0.step") is False  # it comes with the next form
    edits = state.edits(data, Site)
    assert edits[0] == Arrange(("tour", 0, "step"), (*range(6), {"camera": {"position": [1, 2, 3]}, "duration_s": 3}))


def test_edits_are_shown_in_another_form() -> None:
    """What a clash leaves of a form is laid over what is on disk."""
    data = data_of("demonstration")
    edits: list[Edit] = [
        Put(("tour", 1, "title"), "Autre"),
        Arrange(
            ("tour",),
            (1, 0, {"id": "neu", "state": "today", "title": "T", "step": [{"duration_s": 1}, {"duration_s": 2}]}),
        ),
    ]
    state = filled(data)
    state.apply(edits, Site)
    assert normal(apply_edits(data, sent(state).edits(data, Site))) == normal(apply_edits(data, edits))


def test_the_other_value_can_be_taken() -> None:
    both = {f"{VALUE}name": "Mienne", f"{THEIRS}name": "Sienne"}
    assert sent_state(both | {f"{TAKE}name": "mine"}).values == {"name": "Mienne"}
    assert sent_state(both | {f"{TAKE}name": "theirs"}).values == {"name": "Sienne"}


@pytest.mark.parametrize("text", ["3 km", "1e999", "abc", "0x10", "--1", "1" * 40])
def test_what_is_no_number_stays_text_for_the_reader(text: str) -> None:
    assert parse(FieldRule("number"), text) == text


def test_odd_names_of_fields_are_left_out() -> None:
    data = data_of("cite-d-arenberg")
    state = sent_state(
        {"v.nothing.there": "x", "v.": "x", "o.fact": "0 0 99 x n0 ../1", "o.nothing": "n0", "v.fact": "x"}
    )
    assert state.orders["fact"] == ["0", "99", "n0"]
    assert state.edits(data, Site) == [Arrange(("fact",), (0, {"name": "", "label": ""}))]
