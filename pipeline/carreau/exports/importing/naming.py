"""Names for links, of the place and of everything in it, from the names and titles of the source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.catalogue.scaffold import slug_of
from carreau.catalogue.table_reader import NAME
from carreau.exports.importing.record import SourcePlace
from carreau.exports.importing.texts import main_text

_LONGEST = 60
_RANDOM = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{8,}|[0-9-]+")
"""Identifiers of programs: UUIDs, other long hexadecimal numbers, and numbers."""


def place_slug(place: SourcePlace, asked: str) -> str:
    """Return the slug of a place; raises OptionError for one that is no name for links, and where none can be made.

    asked : by the person, empty for that of its name
    """
    if asked:
        if not NAME.fullmatch(asked):
            raise OptionError(
                message(
                    "--slug: '%(name)s' is not a valid name for links; use lower-case letters, digits and hyphens",
                    name=asked,
                )
            )
        return asked
    slug = _slug(main_text(place.names))
    if not slug:
        raise OptionError(message("the source has no name to make links of; name the place with --slug"))
    return slug


def _slug(text: str) -> str:
    """Return a slug of at most 60 characters, empty where there is none."""
    try:
        slug = slug_of(text)
    except OptionError:
        return ""
    return slug if len(slug) <= _LONGEST else slug[: _LONGEST + 1].rpartition("-")[0] or slug[:_LONGEST]


@dataclass
class _Names:
    taken: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def new(self, own: str, title: str, otherwise: str) -> str:
        """Return a new name: the source's own where it is one for links, else from the title."""
        is_good = NAME.fullmatch(own) and len(own) <= _LONGEST and not _RANDOM.fullmatch(own)
        wish = own if is_good else _slug(title) or _slug(own) or otherwise
        name = wish
        while name in self.taken:
            self.counts[wish] = self.counts.get(wish, 1) + 1
            name = f"{wish}-{self.counts[wish]}"
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class PlaceNames:
    """The ids of states, annotations, tours, facts and media, in the order of the record.

    annotations, tours : of each model
    pinned : ids of annotations by their names in the source
    shelved : ids of media by their names in the record
    """

    states: tuple[str, ...]
    annotations: tuple[tuple[str, ...], ...]
    tours: tuple[tuple[str, ...], ...]
    facts: tuple[str, ...]
    media: tuple[str, ...]
    pinned: dict[str, str]
    shelved: dict[str, str]


def place_names(place: SourcePlace) -> PlaceNames:
    """Return the ids of everything in a place; the same record gives the same ids."""
    states, pins, tours, media = _Names(), _Names(), _Names(), _Names()
    pinned = dict[str, str]()
    annotations = list[tuple[str, ...]]()
    for model in place.models:
        ids = [pins.new(each.name, main_text(each.titles), "annotation") for each in model.annotations]
        for each, name in zip(model.annotations, ids, strict=True):
            pinned.setdefault(each.name, name)
        annotations.append(tuple(ids))
    shelved = {each.name: media.new(each.name, main_text(each.titles), each.kind) for each in place.media}
    return PlaceNames(
        states=tuple(states.new(each.name, main_text(each.titles), "modele") for each in place.models),
        annotations=tuple(annotations),
        tours=tuple(
            tuple(tours.new(each.name, main_text(each.titles), "visite") for each in model.tours)
            for model in place.models
        ),
        facts=_fact_names(main_text(each.labels) for each in place.facts),
        media=tuple(shelved.values()),
        pinned=pinned,
        shelved=shelved,
    )


def _fact_names(labels: Iterable[str]) -> tuple[str, ...]:
    names = _Names()
    return tuple(names.new("", label, "fait") for label in labels)
