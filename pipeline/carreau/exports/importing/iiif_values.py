"""Values of IIIF Presentation 4 (a draft) and 3: bodies, targets, points, transforms and texts.

Scenes, selectors and transforms follow the manifests of the 3D Technical Specification Group (github.com/IIIF/3d).
A property may be one value or a list of values; both are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carreau.catalogue.site import Triple
from carreau.exports.importing.record import Texts
from carreau.exports.importing.source_files import (
    IDENTITY,
    Matrix,
    X,
    Y,
    Z,
    members,
    number,
    objects,
    product,
    scaling,
    string,
    strings,
    translation,
    turn,
)
from carreau.exports.importing.texts import clean, joined_texts, parse_language, plain_markup

_FRAGMENT = re.compile(r"(?:^|&)(n?xyz)=(-?[\d.eE+-]+),(-?[\d.eE+-]+),(-?[\d.eE+-]+)(?=&|$)")
_WKT_POINT = re.compile(r"\s*POINT\s*Z?\s*\(\s*(\S+)\s+(\S+)\s+(\S+)\s*\)\s*", re.IGNORECASE)


def language_map(value: Any) -> Texts:
    """Return a language map as texts; a text may be HTML where it begins and ends with a tag.

    A plain string, which older versions have, is in no language.
    """
    by_language = dict[str, str]()
    for code, texts in (members(value) or {"none": value}).items():
        text = "\n\n".join(_html_or_plain(each) for each in strings(texts))
        if text.strip():
            by_language.setdefault(parse_language(code), text)
    return by_language


def _html_or_plain(text: str) -> str:
    is_html = text.lstrip().startswith("<") and text.rstrip().endswith(">")
    return plain_markup(text) if is_html else clean(text)


def first(value: Any) -> dict[str, Any]:
    """Return the first object of a value, empty where there is none; a string is the id of one."""
    member = next(iter(objects(value)), None)
    return member if member is not None else {"id": next(strings(value), "")}


@dataclass(frozen=True)
class Resource:
    """What a body or target is about: the resource itself, and how it is moved."""

    of: Mapping[str, Any]
    transform: Matrix = IDENTITY
    selectors: tuple[Mapping[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """Return its id without a fragment."""
        return string(self.of.get("id")).partition("#")[0]

    @property
    def type(self) -> str:
        """Return its type, as Model, Scene or PerspectiveCamera."""
        return string(self.of.get("type"))

    @property
    def fragment(self) -> str:
        """Return the fragment of its id."""
        return string(self.of.get("id")).partition("#")[2]


def resource(value: Any) -> Resource:
    """Return the resource of a body or target, which may be wrapped into a specific one."""
    members = first(value)
    if string(members.get("type")) != "SpecificResource" and "source" not in members:
        return Resource(members)
    return Resource(
        first(members.get("source")), transforms(members.get("transform")), tuple(objects(members.get("selector", [])))
    )


def transforms(value: Any) -> Matrix:
    """Return the product of transforms, of which the first in the list is applied first.

    A rotation is about z, then y, then x, in degrees: only then do the cameras of the group's manifests see what they
    are said to see.
    """
    result = IDENTITY
    for each in objects(value):
        zero = 1.0 if string(each.get("type")) == "ScaleTransform" else 0.0
        parts = (number(each.get(axis)) for axis in "xyz")
        x, y, z = (zero if part is None else part for part in parts)
        match string(each.get("type")):
            case "ScaleTransform":
                step = scaling((x, y, z))
            case "TranslateTransform":
                step = translation((x, y, z))
            case "RotateTransform":
                step = product(turn(X, x), turn(Y, y), turn(Z, z))
            case _:
                step = IDENTITY
        result = product(step, result)
    return result


def selected_point(target: Resource) -> Triple | None:
    """Return the point of a target: a selector, or the `#xyz=` that Universal Viewer writes; None for none."""
    for selector in target.selectors:
        if (point := _point(selector)) is not None:
            return point
    return _of_fragment(target.fragment, "xyz")


def selected_normal(target: Resource) -> Triple | None:
    """Return the normal that Universal Viewer writes into a target; IIIF itself has none."""
    return _of_fragment(target.fragment, "nxyz")


def _point(selector: Mapping[str, Any]) -> Triple | None:
    if string(selector.get("type")) == "PointSelector":
        coordinates = [number(selector.get(axis, 0.0)) for axis in "xyz"]
        x, y, z = coordinates
        is_there = any(axis in selector for axis in "xyz") and None not in coordinates
        return (x or 0.0, y or 0.0, z or 0.0) if is_there else None
    match = _WKT_POINT.fullmatch(string(selector.get("value")))
    return _triple(match[1], match[2], match[3]) if match else None


def _of_fragment(fragment: str, name: str) -> Triple | None:
    match = {match[1]: match for match in _FRAGMENT.finditer(fragment)}.get(name)
    return _triple(match[2], match[3], match[4]) if match else None


def _triple(*words: str) -> Triple | None:
    try:
        x, y, z = (number(float(word)) for word in words)
    except ValueError:
        return None
    return None if x is None or y is None or z is None else (x, y, z)


def bodies(annotation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the bodies of an annotation, those of a choice one by one."""
    for body in objects(annotation.get("body", [])):
        if string(body.get("type")) in ("Choice", "List", "Composite", "Independents"):
            yield from objects(body.get("items", []))
        else:
            yield body


def comment(annotation: Mapping[str, Any]) -> Texts:
    """Return the texts of an annotation by language, one below the other where a language has several."""
    texts = list[Texts]()
    if plain := clean(annotation.get("bodyValue")):
        texts.append({parse_language(next(strings(annotation.get("language")), "")): plain})
    for body in bodies(annotation):
        if string(body.get("type")) == "TextualBody" or "value" in body:
            value, form = string(body.get("value")), string(body.get("format"))
            text = plain_markup(value) if form in ("", "text/html") else clean(value)
            if text:
                texts.append({parse_language(next(strings(body.get("language")), "")): text})
    return joined_texts(*texts)


def first_id(value: Any) -> str:
    """Return the id of the first resource of a body or target."""
    return resource(value).id


def motivations(annotation: Mapping[str, Any]) -> frozenset[str]:
    """Return the motivations of an annotation."""
    return frozenset(strings(annotation.get("motivation")))
