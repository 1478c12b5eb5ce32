"""Add the states of a survey to a `site.toml`, or renew their values, without touching anything else in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.air.airborne.survey_record import Layer, Role, SurveyRecord
from carreau.air.survey.gather import flown_of
from carreau.base.diagnostics import KeyPath
from carreau.base.document import open_document
from carreau.base.errors import OptionError
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.base.toml_places import with_value, written

FILE, HISTORIC_FILE = "survey", "survey#historic"
PROCESSED = "traitement : Carreau, non par l’IGN"
_POSE = "geopose"

Values = dict[str, Any]


@dataclass(frozen=True)
class StateText:
    """A state to be written.

    values : by key, in the order of the file
    pose : of `[state.geopose]`
    """

    values: Values
    pose: Values


def states_of(record: SurveyRecord) -> list[StateText]:
    """Return the states of a survey: the place today, and on the old photograph where there is one."""
    layers, years = record.layers, _years(flown_of(record.layers)) or str(record.gathered.year)
    is_measured = bool(record.of(Role.POINTS))
    now = [layer for layer in layers if layer.role is not Role.HISTORIC]
    today = {
        "id": f"air-{years[:4]}",
        "date": years,
        "kind": "survey",
        "file": FILE,
        "evidence": "attested" if is_measured else "hypothetical",
        **_rights(now),
    }
    pose = _pose(record)
    historic = record.of(Role.HISTORIC)
    if not historic:
        return [StateText(today, pose)]
    flown = historic[0].flown
    past = {
        "id": f"air-{flown[:4] or 'past'}",
        "date": flown,
        "kind": "survey",
        "file": HISTORIC_FILE,
        "evidence": "deduced",
        **_rights([*historic, *record.of(Role.POINTS), *record.of(Role.TERRAIN)]),
    }
    return [StateText(today, pose), StateText(past, pose)]


def _years(flown: str) -> str:
    """Return the years of an interval: "2022", or "2022/2023"."""
    return "/".join(dict.fromkeys(day[:4] for day in flown.split("/"))) if flown else ""


def _rights(layers: Iterable[Layer]) -> Values:
    layers = list(layers)
    credits = list(dict.fromkeys(layer.credit for layer in layers if layer.credit))
    sources = [f"{layer.credit} ({layer.source})" if layer.source else layer.credit for layer in layers]
    licences = list(dict.fromkeys(layer.licence for layer in layers if layer.licence))
    return {
        "sources": list(dict.fromkeys(sources)),
        "author": f"IGN ; {PROCESSED}",
        "licence": licences[0] if len(licences) == 1 else ", ".join(licences),
        "credit": " ; ".join([*credits, PROCESSED]),
    }


def _pose(record: SurveyRecord) -> Values:
    """Return where the model's origin stands, without a height.

    A pose has that above the ellipsoid; a survey has heights above the sea, and geoid grids may not be there offline.
    """
    from pyproj import Transformer

    west, south, east, north = record.bounds
    to_degrees = Transformer.from_crs(f"EPSG:{record.epsg}", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
    return {"lon": round(lon, 7), "lat": round(lat, 7), "yaw_deg": 0}


def check_sheet(path: Path) -> str:
    """Return the text of a `site.toml`; raises OptionError where it cannot be read."""
    document = open_document(path, str(path))
    if document.findings:
        raise OptionError(document.findings[0].message())
    return document.text


def write_states(path: Path, states: list[StateText]) -> bool:
    """Write the states into a `site.toml`, and return whether anything changed; raises OptionError, StorageError."""
    former = check_sheet(path)
    try:
        text = with_states(former, states)
    except ValueError as error:
        cause = message("the states in %(file)s are not [[state]] tables; rewrite them first", file=str(path))
        raise OptionError(cause) from error
    if text == former:
        return False
    write_whole(path, text.encode())
    return True


def with_states(text: str, states: list[StateText]) -> str:
    """Return the text of a `site.toml` with states added or renewed; raises ValueError where that is not possible."""
    before = tomllib.loads(text)
    for state in states:
        text = _with_state(text, state)
    files = {state.values["file"] for state in states}
    if FILE in files and HISTORIC_FILE not in files:
        text = _as_draft(text)
    after = tomllib.loads(text)
    if _others(before) != _others(after):
        raise ValueError("something else changed")
    return text


def _others(data: Mapping[str, Any]) -> list[Any]:
    """Return what is no state of a survey."""
    states = [each for each in data.get("state", []) if each.get("kind") != "survey"]
    return [{key: value for key, value in data.items() if key != "state"}, states]


def _with_state(text: str, state: StateText) -> str:
    data = tomllib.loads(text)
    states = data.get("state", [])
    at = next((i for i, each in enumerate(states) if each.get("file") == state.values["file"]), None)
    if at is None:
        return text.rstrip("\n") + "\n\n" + _block(_with_free_id(state, states))
    former = states[at]
    values = dict(state.values)
    if _is_referenced(data, former.get("id", "")) or any(each.get("id") == values["id"] for each in states):
        del values["id"]
    for key, value in (*((f"{_POSE}.{key}", value) for key, value in state.pose.items()), *values.items()):
        path: KeyPath = ("state", at, *key.split("."))
        if _value_at(data, path) != value:
            text = with_value(text, path, value)
    return text


def _with_free_id(state: StateText, states: list[Values]) -> StateText:
    taken, own = {each.get("id") for each in states}, state.values["id"]
    number = next(n for n in range(1, len(taken) + 2) if (own if n == 1 else f"{own}-{n}") not in taken)
    return StateText(state.values | {"id": own if number == 1 else f"{own}-{number}"}, state.pose)


def _is_referenced(data: Mapping[str, Any], name: str) -> bool:
    """Return whether annotations or tours name a state, whose links must stay."""
    return any(each.get("state") == name for key in ("annotation", "tour") for each in data.get(key, []))


def _as_draft(text: str) -> str:
    """Return the text with the state of an old photograph that is no longer there without its file."""
    states = tomllib.loads(text).get("state", [])
    at = next((i for i, each in enumerate(states) if each.get("file") == HISTORIC_FILE), None)
    return text if at is None else with_value(text, ("state", at, "file"), "")


def _block(state: StateText) -> str:
    lines = [
        "# Écrit par `carreau survey`, qui en renouvelle les valeurs. Vos commentaires et les clés ajoutées restent,",
        "# comme `title` : sans lui, les pages donnent un titre dans chaque langue.",
        "[[state]]",
    ]
    lines += [f"{key} = {written(value)}" for key, value in state.values.items()]
    lines += ["", "# Origine du modèle ; altitude IGN69, telle que mesurée.", f"[state.{_POSE}]"]
    lines += [f"{key} = {written(value)}" for key, value in state.pose.items()]
    return "\n".join(lines) + "\n"


def _value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step] if isinstance(step, int) else data.get(step) if isinstance(data, Mapping) else None
    return data
