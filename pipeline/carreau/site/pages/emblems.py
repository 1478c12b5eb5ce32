"""Emblems of the kinds of places and of the ways to travel: one family of line drawings in `emblems/`.

Each is drawn on 64 × 64 units with lines 2.75 wide that stand on one ground, and has the colour of the text around it.
`skyline.svg` is the ground that a large one stands on, where a place has no picture.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "emblems"
_DEFAULT, _SKYLINE, _DEMONSTRATION = "other", "skyline", "demonstration"


@cache
def drawn() -> frozenset[str]:
    """Return the names of the emblems: codes, with a hyphen for each slash."""
    return frozenset(path.stem for path in FOLDER.glob("*.svg")) - {_SKYLINE}


def emblem(code: str) -> Markup:
    """Return the emblem of a kind of place, or of a mode of travel, as inline SVG that screen readers skip.

    code : as `Site.kind.code` or `Route.mode.code`; one without a drawing has that of mining heritage
    """
    name = code.replace("/", "-")
    return _drawing(name if name in drawn() else _DEFAULT)


def emblem_of(kind_code: str, *, is_demonstration: bool) -> Markup:
    """Return the emblem of a place; a demonstration has its own, whatever its kind."""
    return emblem(_DEMONSTRATION if is_demonstration else kind_code)


def skyline() -> Markup:
    """Return the ground of a large emblem: spoil tips, a headframe and a row of houses, as inline SVG."""
    return _drawing(_SKYLINE)


@cache
def _drawing(name: str) -> Markup:
    text = (FOLDER / f"{name}.svg").read_text("utf-8")
    text = text.removeprefix('<svg xmlns="http://www.w3.org/2000/svg" ')
    return Markup("<svg " + " ".join(text.split()))  # noqa: S704 - a file of this package
