"""Split a map line of an MTL file into its options and the image it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.formats.io.decimals import number
from pipeline.model import Wrap

_ARGUMENTS = dict.fromkeys(("-blendu", "-blendv", "-cc", "-clamp", "-imfchan", "-bm", "-boost", "-texres", "-type"), 1)
_ARGUMENTS |= {"-mm": 2, "-colorspace": 1}
_VECTORS = {"-o": "0", "-s": "1", "-t": "0"}
_TRAILING = re.compile(r"\s+(?=(?:" + "|".join([*_ARGUMENTS, *_VECTORS]) + r")\s)", re.IGNORECASE)


@dataclass(frozen=True)
class MapLine:
    """An image as a map line names it.

    moves : whether its options shift or scale the texture
    """

    reference: str
    wrap: Wrap = Wrap.REPEAT
    moves: bool = False


def parse_map(text: str) -> MapLine:
    """Return what a map line says after its keyword; options may stand before the name, or after as some write them.

    >>> parse_map("-bm 1 -o 0 0 0 brick wall.png").reference
    'brick wall.png'
    """
    options, rest = _options(text.strip())
    reference, *trailing = _TRAILING.split(rest, maxsplit=1) if rest else [""]
    if trailing:
        options |= _options(trailing[0])[0]
    wrap = Wrap.CLAMP if options.get("-clamp", "").lower() == "on" else Wrap.REPEAT
    moves = any(_moves(options.get(name, ""), rest_value) for name, rest_value in _VECTORS.items())
    return MapLine(reference.strip().strip('"'), wrap, moves)


def _options(text: str) -> tuple[dict[str, str], str]:
    """Return the options that begin a text, and what follows them."""
    options: dict[str, str] = {}
    while text.startswith("-"):
        name, _, rest = text.partition(" ")
        key = name.lower()
        if key not in _ARGUMENTS and key not in _VECTORS:
            break
        taken: list[str] = []
        most = _ARGUMENTS.get(key, 3)
        while len(taken) < most and rest.strip():
            word, _, after = rest.lstrip().partition(" ")
            if key in _VECTORS and not _is_number(word):
                break
            taken.append(word)
            rest = after
        options[key], text = " ".join(taken), rest.lstrip()
    return options, text


def _is_number(word: str) -> bool:
    try:
        number(word.encode())
    except ValueError:
        return False
    return True


def _moves(values: str, neutral: str) -> bool:
    return any(number(word.encode()) != float(neutral) for word in values.split())
