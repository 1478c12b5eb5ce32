"""Read the lines of an OBJ file that are neither numbers nor faces: libraries, materials and groups."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from carreau.base.messages import Message, plural_message
from carreau.base.model import IntArray
from carreau.base.text_encoding import decode_text

#: Lines, points, parameter-space vertices, free-form curves and surfaces.
_LEFT_OUT = ("l", "p", "vp", "curv", "curv2", "surf")
#: Smoothing, display and the grammar of free-form surfaces, none of which matters for a mesh.
_SILENT = re.compile(
    "s|mg|lod|bevel|[cd]_interp|shadow_obj|trace_obj|[cs]tech|usemap|maplib|call|csh"
    "|cstype|deg|bmat|step|parm|trim|hole|scrv|sp|end|con|bsp|bzp|cdc|cdp|res"
)
_SHOWN_WORDS = 3
_FOLD = re.compile(rb"[ \t]*\\(?:\r\n|\n|\r)[ \t]*")


@dataclass
class ObjLines:
    """The contents of those lines.

    libraries : the texts after `mtllib`
    materials : names in order of first use; "" for faces before any `usemtl`
    face_materials : (m,) int32, indices into materials
    parts : names of the groups and objects that hold a face
    """

    libraries: tuple[str, ...]
    materials: tuple[str, ...]
    face_materials: IntArray
    parts: tuple[str, ...]
    warnings: tuple[Message, ...]


@dataclass
class _Runs:
    """Names by runs of triangles."""

    names: list[str] = field(default_factory=lambda: [""])
    firsts: list[int] = field(default_factory=lambda: [0])

    def change(self, first: int, name: str) -> None:
        """Begin a new run at triangle `first`."""
        self.names.append(name)
        self.firsts.append(first)

    def of_triangles(self, count: int) -> tuple[tuple[str, ...], IntArray]:
        """Return the names that hold for any triangle, in order of first use, and (count,) int32 indices into them."""
        lengths = np.diff(np.array([*self.firsts, count], np.int64))
        numbers: dict[str, int] = {}
        used = [(name, length) for name, length in zip(self.names, lengths.tolist(), strict=True) if length > 0]
        indices = np.array([numbers.setdefault(name, len(numbers)) for name, _ in used], np.int32)
        return tuple(numbers), np.repeat(indices, [length for _, length in used])


def read_lines(events: list[tuple[int, bytes]], triangle_count: int) -> ObjLines:
    """Return what the lines say, each given with the number of triangles before it."""
    libraries: list[str] = []
    materials, parts, others = _Runs(), _Runs(), Counter[str]()
    for first, line in events:
        keyword, _, rest = unfold(line).partition(" ")
        if keyword == "mtllib":
            libraries.append(rest)
        elif keyword == "usemtl":
            materials.change(first, rest)
        elif keyword in ("g", "o"):
            parts.change(first, rest)
        elif not _SILENT.fullmatch(keyword):
            others[keyword] += 1
    names, face_materials = materials.of_triangles(triangle_count)
    groups = tuple(name for name in parts.of_triangles(triangle_count)[0] if name)
    return ObjLines(tuple(dict.fromkeys(libraries)), names, face_materials, groups, _warnings(others))


def unfold(line: bytes) -> str:
    r"""Return a line as text without blanks around it, its continuations joined; UTF-8, or else Windows-1252.

    >>> unfold(b"usemtl\tbrique \\\r\n rouge ")
    'usemtl brique rouge'
    """
    keyword, *rest = _FOLD.sub(b" ", line).strip().split(None, 1)
    return decode_text(b" ".join([keyword, *rest]))


def _warnings(others: Counter[str]) -> tuple[Message, ...]:
    """Return the warnings about lines that are left out, counted by their keyword."""
    elements = [keyword for keyword in others if keyword in _LEFT_OUT]
    unknown = [keyword for keyword in others if keyword not in _LEFT_OUT]
    warnings = []
    if elements:
        warnings.append(
            plural_message(
                "%(count)s element other than a face is left out (%(keywords)s)",
                "%(count)s elements other than faces are left out (%(keywords)s)",
                sum(others[keyword] for keyword in elements),
                keywords=tuple(elements),
            )
        )
    if unknown:
        warnings.append(
            plural_message(
                "%(count)s line is not valid OBJ and is left out (%(keywords)s)",
                "%(count)s lines are not valid OBJ and are left out (%(keywords)s)",
                sum(others[keyword] for keyword in unknown),
                keywords=tuple(f"'{keyword[:20]}'" for keyword in unknown[:_SHOWN_WORDS]),
            )
        )
    return tuple(warnings)
