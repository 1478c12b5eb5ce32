"""Map icons of the themes: a house, a disc, a heap; they differ in shape, not only in colour."""

from __future__ import annotations

from markupsafe import Markup

_CLASSES = {"habitat": "theme-home", "cadre de vie": "theme-life", "exploitation": "theme-mine"}
_SHAPES = {
    "theme-home": "M{x} {y}m-9-1l9-9 9 9v10h-18z",
    "theme-life": "M{x} {y}m-9 0a9 9 0 1 1 18 0a9 9 0 1 1-18 0z",
    "theme-mine": "M{x} {y}m0-11l11 19h-22z",
    "theme-other": "M{x} {y}m0-10l10 10-10 10-10-10z",
}
REACH = 13
"""Radius of the touch target of a marker, in units of the map."""


def theme_class(code: str) -> str:
    """Return the CSS class of a theme, which sets its colour.

    >>> theme_class("cadre de vie"), theme_class("new")
    ('theme-life', 'theme-other')
    """
    return _CLASSES.get(code, "theme-other")


def marker_shape(code: str, x: int, y: int) -> Markup:
    """Return the icon of a theme, centred at a point."""
    path = _SHAPES[theme_class(code)].format(x=x, y=y)
    return Markup('<circle class="map-reach" cx="{}" cy="{}" r="{}"/><path d="{}"/>').format(x, y, REACH, path)
