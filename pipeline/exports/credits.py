"""Name in one line each whom something belongs to, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.catalogue.media import Medium
from pipeline.catalogue.site import Rights
from pipeline.exports.record import StateRecord


def credit_lines(rights: Iterable[Rights]) -> list[str]:
    """Return a line for each part that somebody is named for; in French, as rights are written.

    >>> credit_lines([Rights("contour", "Mission Bassin Minier", "Licence Ouverte 2.0"), Rights("textes")])
    ['contour : Mission Bassin Minier, Licence Ouverte 2.0']
    """
    said = ((each.of, ", ".join(part for part in (each.credit, each.licence) if part)) for each in rights)
    return [f"{of} : {whom}" for of, whom in said if whom]


def medium_credit(medium: Medium) -> str:
    """Return whom to name for a picture, sound, film or document, with its licence; empty where nobody said."""
    return ", ".join(dict.fromkeys(part for part in (medium.credit, medium.licence) if part))


def model_credit(made: StateRecord) -> str:
    """Return whom to name for a model, with its licence; empty where nobody said."""
    state = made.state
    return ", ".join(dict.fromkeys(part for part in (state.credit, state.author, state.licence) if part))
