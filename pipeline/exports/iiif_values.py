"""Write the values that all parts of a IIIF manifest share: language maps, labelled values, points, texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.catalogue.state import Triple
from pipeline.exports.markup import plain
from pipeline.exports.record import Texts

Strings = dict[str, list[str]]
"""A language map: the texts of a language by its code."""


def strings(texts: Texts | Mapping[str, str]) -> Strings:
    """Return what is said in each language.

    >>> strings({"fr": "fosse"})
    {'fr': ['fosse']}
    """
    return {code: [plain(said if isinstance(said, str) else said.text)] for code, said in texts.items()}


def lines(texts: Iterable[str]) -> Strings:
    """Return names and the like, which are in no language."""
    return {"none": [plain(text) for text in texts]}


def pair(label: Mapping[str, str], value: Strings) -> dict[str, Any]:
    """Return a value with what it is."""
    return {"label": strings(label), "value": value}


def point(place: Triple) -> dict[str, Any]:
    """Return a point of a scene, in metres."""
    x, y, z = place
    return {"type": "PointSelector", "x": x, "y": y, "z": z}


def at_point(address: str, scene: str, place: Triple) -> dict[str, Any]:
    """Return a point of a scene as a target."""
    return {
        "id": address,
        "type": "SpecificResource",
        "source": {"id": scene, "type": "Scene"},
        "selector": [point(place)],
    }


def choice(address: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return texts of which a viewer shows the one in its language."""
    bodies = [
        {"id": f"{address}/{code}", "type": "TextualBody", "value": text, "language": [code], "format": "text/plain"}
        for code, text in texts.items()
    ]
    return {"id": address, "type": "Choice", "items": bodies}


def annotation(address: str, motivation: str, body: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation."""
    return {"id": address, "type": "Annotation", "motivation": [motivation], "body": body, "target": target}
