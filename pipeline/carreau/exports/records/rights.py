"""Credit lines of parts, media and models."""

from __future__ import annotations

from collections.abc import Iterable

from carreau.catalogue.media import Medium
from carreau.catalogue.site import Rights
from carreau.exports.records.record import StateRecord


def credit_lines(rights: Iterable[Rights]) -> list[str]:
    """Return a credit line for each part with a rights holder; in French, as in the catalogue.

    >>> credit_lines([Rights("contour", "Mission Bassin Minier", "Licence Ouverte 2.0"), Rights("textes")])
    ['contour : Mission Bassin Minier, Licence Ouverte 2.0']
    """
    lines = ((each.of, ", ".join(part for part in (each.credit, each.licence) if part)) for each in rights)
    return [f"{of} : {whom}" for of, whom in lines if whom]


def medium_credit(medium: Medium) -> str:
    """Return the credit and licence of an image, sound, video or document; may be empty."""
    return ", ".join(dict.fromkeys(part for part in (medium.credit, medium.licence) if part))


def model_credit(model: StateRecord) -> str:
    """Return the credit and licence of a model; may be empty."""
    state = model.state
    return ", ".join(dict.fromkeys(part for part in (state.credit, state.author, state.licence) if part))
