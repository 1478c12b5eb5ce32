"""Types of buildings and works: what is usual of a coron of 1825 or a lattice headframe, with who says so.

A type is a TOML file in the folder `types` of a catalogue, beside the folder of its sites. A part that names one takes
from it what it does not say itself; what it takes is typical, not attested.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.air.massing.massing_file import ShapeFacts
from carreau.air.massing.materials import NAMED
from carreau.air.massing.reconstructed_shape import RECONSTRUCTED
from carreau.base.messages import Number, list_some, message
from carreau.formats.location.text_files import Key, Table, toml_table

FOLDER = "types"
FORMAT = 1


@dataclass(frozen=True)
class PartType:
    """A type of building or work.

    key : name of its file without the ending
    period : years of which it is typical, as a date of the catalogue; empty where it is of no time
    measures : the least and the most that its sources give, equal where they give one
    choices, materials : words and materials by key
    fits : kinds of places, and typologies of the inscription, that it is a first guess for
    sources : texts by key
    """

    key: str
    title: str
    shape: str
    period: str
    note: str
    measures: Mapping[str, tuple[float, float]]
    choices: Mapping[str, str]
    materials: Mapping[str, str]
    sources: Mapping[str, str]
    fits: tuple[str, ...] = ()


def types_folder(path: Path) -> Path | None:
    """Return the folder of types for a file of measured facts: beside it, or above it up to the catalogue's folder."""
    return next((folder / FOLDER for folder in path.absolute().parents[:3] if (folder / FOLDER).is_dir()), None)


def type_path(path: Path, key: str) -> Path:
    """Return the file of a type, for a file of measured facts in whose reach it is."""
    return (types_folder(path) or path.parent / FOLDER) / f"{key}.toml"


def type_names(path: Path) -> tuple[str, ...]:
    """Return the keys of the types that a file of measured facts may name."""
    folder = types_folder(path)
    return tuple(sorted(each.stem for each in folder.glob("*.toml"))) if folder else ()


def read_type(path: Path) -> PartType:
    """Return the content of a file of a type.

    Raises FormatError naming file, line and key for invalid TOML, an unknown key or word, a measure that its shape has
    not, or a type without a source.
    """
    top = toml_table(path)
    top.allow("format", "title", "shape", "period", "note", "fits", "sources", "measures", "choices", "materials")
    if top.key("format").whole(1) != FORMAT:
        cause = message("format %(format)s is unknown", format=top.key("format").shown)
        raise top.key("format").error(cause, message("update Carreau"))
    shape = choose(top.key("shape"), tuple(RECONSTRUCTED))
    facts = RECONSTRUCTED[shape].facts
    sources = _texts(top, "sources")
    if not sources:
        raise top.key("sources").error(
            message("no source is named"), message("write below [sources] who says what is usual of this type")
        )
    return PartType(
        key=path.stem,
        title=top.key("title").text(),
        shape=shape,
        period=top.key("period").text(),
        note=top.key("note").text(),
        measures=dict(_measures(top, facts)),
        choices=dict(_words(top, "choices", facts.choices)),
        materials=dict(_words(top, "materials", None)),
        sources={f"{path.stem}/{key}": text for key, text in sources.items()},
        fits=top.key("fits").texts(),
    )


def choose(key: Key, choices: Sequence[str]) -> str:
    """Return the value of a key that is one of some words; raises FormatError."""
    if key.value in choices:
        return str(key.value)
    near = difflib.get_close_matches(str(key.value), choices, 1)
    cure = (
        message("did you mean '%(name)s'?", name=near[0])
        if near
        else message("use one of %(choices)s", choices=list_some(choices, len(choices)))
    )
    raise key.error(message("%(value)s is not allowed", value=key.shown), cure)


def _texts(top: Table, name: str) -> Mapping[str, str]:
    if not top.key(name).exists:
        return {}
    table = top.key(name).table()
    return {key: table.key(key).text() for key in table.data}


def _measures(top: Table, facts: ShapeFacts) -> Iterator[tuple[str, tuple[float, float]]]:
    if not top.key("measures").exists:
        return
    table = top.key("measures").table()
    table.allow(*facts.measures)
    for name in table.data:
        key, limits = table.key(name), facts.measures[name]
        low, high = key.numbers(2) or (0.0, 0.0) if isinstance(key.value, list) else (key.number() or 0.0,) * 2
        if not 0 <= low <= high <= limits.most or (low == 0 and not limits.may_be_zero):
            cause = message("%(value)s is not a measure that a building has", value=key.shown)
            raise key.error(cause, message("write a number above 0, %(most)s at most", most=Number(limits.most, ",g")))
        yield name, (low, high)


def _words(top: Table, name: str, allowed: Mapping[str, Sequence[str]] | None) -> Iterator[tuple[str, str]]:
    """Yield the words of a table: of keys that a shape has, or materials of any role."""
    if not top.key(name).exists:
        return
    table = top.key(name).table()
    if allowed is not None:
        table.allow(*allowed)
    for key in table.data:
        yield key, choose(table.key(key), NAMED if allowed is None else allowed[key])
