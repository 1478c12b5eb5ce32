"""The sites that are to be gathered, by name or all of them, each with its area."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.air.survey.services import Place
from carreau.air.survey.site_area import Area, site_area
from carreau.base.errors import OptionError, ScanError
from carreau.base.messages import message
from carreau.catalogue.catalogue import read_catalogue

SPOIL_TIP = "terril"
LATTICE_KINDS = ("chevalement", "fosse")
"""Kinds of sites on which headframes stand or may stand."""

FOLDER = "survey"


@dataclass(frozen=True)
class SurveySite:
    """A site that is to be gathered.

    sheet : its `site.toml`
    outline : GeoJSON file; may be missing
    """

    slug: str
    name: str
    kind: str
    sheet: Path
    outline: Path

    @property
    def folder(self) -> Path:
        """Return the folder of its survey."""
        return self.sheet.parent / FOLDER

    @property
    def has_lattice(self) -> bool:
        """Return whether headframes may stand there."""
        return self.kind in LATTICE_KINDS

    def area(self, place: Place, buffer_m: float | None) -> Area:
        """Return its area; raises ScanError.

        buffer_m : around the outline; None for that of `services.toml`
        """
        if buffer_m is None:
            buffer_m = place.tip_buffer_m if self.kind == SPOIL_TIP else place.buffer_m
        if not self.outline.is_file():
            cause = message("the site has no outline")
            raise ScanError(self.sheet, "outline", cause, message("draw it as GeoJSON, and name the file"))
        return site_area(self.outline, place, buffer_m)


def sites_of(assets: Path, names: Sequence[str], every: bool) -> list[SurveySite]:
    """Return the sites of a catalogue that are named, or all that are real; raises OptionError."""
    if every == bool(names):
        raise OptionError(message("name the sites, or use --all"))
    entries = read_catalogue(assets).sites
    chosen: Iterable[str] = names
    if every:
        chosen = [slug for slug, entry in entries.items() if not entry.of.is_apart]
    return [
        SurveySite(
            slug,
            entry.of.name,
            entry.of.kind,
            entry.document.path,
            entry.folder / (entry.of.outline or "outline.geojson"),
        )
        for slug, entry in ((slug, entries[_known(slug, entries)]) for slug in dict.fromkeys(chosen))
    ]


def _known(slug: str, entries: Iterable[str]) -> str:
    names = list(entries)
    if slug in names:
        return slug
    close = difflib.get_close_matches(slug, names, 1)
    cure = message("did you mean '%(name)s'?", name=close[0]) if close else message("see the folders of sites/")
    raise OptionError(message("there is no site '%(site)s'; %(cure)s", site=slug, cure=cure))
