"""Gather sites one after another, and tell of each: gathered, as it was, or why not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.aids.surveys.site_state import check_sheet, states_of, write_states
from carreau.air.airborne.survey_record import NAME, Role, SurveyRecord, read
from carreau.air.survey.features import tiles_of
from carreau.air.survey.gather import (
    GatheredSite,
    SitePlan,
    gather_site,
    only_run,
    plan_site,
    rough_bytes,
    size_and_sha256,
)
from carreau.air.survey.services import Place, Services, today
from carreau.air.survey.site_area import Area, site_area
from carreau.air.survey.source import Source
from carreau.base.errors import CarreauError, OptionError, ScanError, UnreachableError
from carreau.base.messages import Line, Message, Number, joined, message, plural_message
from carreau.catalogue.catalogue import read_catalogue
from carreau.runs.failures import Failure
from carreau.runs.progress import Transfer, duration


@dataclass(frozen=True)
class SurveyOptions:
    """What is wanted.

    buffer_m : around outlines, None for that of `services.toml`
    dry_run : only tell what it would take
    refresh : gather again where something newer exists
    whole_files : download whole files where an address gives no parts
    """

    buffer_m: float | None = None
    dry_run: bool = False
    refresh: bool = False
    whole_files: bool = False


@dataclass(frozen=True)
class SiteOutcome:
    """What became of a site.

    exit_code : 0 unless it failed
    size_bytes : that came, or would come
    """

    slug: str
    text: Message
    exit_code: int = 0
    size_bytes: int = 0

    @property
    def line(self) -> Message:
        """Return the text with the name of the site."""
        return joined([self.slug, self.text], ": ")


@dataclass(frozen=True)
class SurveyResult:
    """What became of all sites."""

    outcomes: tuple[SiteOutcome, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 if a service or the disk failed, else 2 if an input was bad, else 0."""
        codes = {each.exit_code for each in self.outcomes}
        return next((code for code in (1, 2) if code in codes), max(codes, default=0))

    def lines(self) -> list[Line]:
        """Return a line for each site that did not fail, and the sum of all."""
        lines: list[Line] = [each.line for each in self.outcomes if not each.exit_code]
        if len(self.outcomes) > 1:
            failed = sum(each.exit_code > 0 for each in self.outcomes)
            size = Number(sum(each.size_bytes for each in self.outcomes) / 1e6, ",.1f")
            sites = plural_message("%(count)s site", "%(count)s sites", len(self.outcomes))
            lines.append(message("%(sites)s, %(failed)s failed, %(size)s MB", sites=sites, failed=failed, size=size))
        return lines

    def failures(self) -> list[Failure]:
        """Return what failed."""
        return [Failure(each.line, each.exit_code) for each in self.outcomes if each.exit_code]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "sites": [
                {"site": each.slug, "text": str(each.text), "exit_code": each.exit_code, "bytes": each.size_bytes}
                for each in self.outcomes
            ]
        }


def survey_sites(
    sites: Sequence[SurveySite], source: Source, services: Services, options: SurveyOptions, transfer: Transfer
) -> SurveyResult:
    """Gather sites; a failure of one does not keep the others from being gathered, unless nothing answers at all."""
    areas = {site.slug: _area_or_failure(site, services, options) for site in sites}
    for slug, area in areas.items():
        if isinstance(area, Area):
            transfer.expect(slug, rough_bytes(services, area))
    outcomes = list[SiteOutcome]()
    for site in sites:
        area = areas[site.slug]
        if isinstance(area, SiteOutcome):
            outcomes.append(area)
            continue
        transfer.begin(site.slug)
        try:
            outcomes.append(_one(site, area, source, services, options, transfer))
        except UnreachableError as error:
            outcomes.append(SiteOutcome(site.slug, error.message, error.exit_code))
            break
        except CarreauError as error:
            outcomes.append(SiteOutcome(site.slug, error.message, error.exit_code))
        transfer.finish(site.slug)
        if len(sites) > 1:
            transfer.note(outcomes[-1].line)
    return SurveyResult(tuple(outcomes))


def _area_or_failure(site: SurveySite, services: Services, options: SurveyOptions) -> Area | SiteOutcome:
    try:
        return site.area(services.place, options.buffer_m)
    except ScanError as error:
        return SiteOutcome(site.slug, error.message, error.exit_code)


def _one(
    site: SurveySite, area: Area, source: Source, services: Services, options: SurveyOptions, transfer: Transfer
) -> SiteOutcome:
    if options.dry_run:
        return _alone(site, area, source, services, options, transfer)
    with only_run(site.sheet.parent):
        return _alone(site, area, source, services, options, transfer)


def _alone(
    site: SurveySite, area: Area, source: Source, services: Services, options: SurveyOptions, transfer: Transfer
) -> SiteOutcome:
    former = _former(site, options)
    if former is not None and (told := _why_not(former, site, area, source, services, options)):
        return SiteOutcome(site.slug, told)
    check_sheet(site.sheet)
    plan = plan_site(source, services, site.slug, area, site.folder, site.outline, options.whole_files)
    try:
        transfer.expect(site.slug, transfer.count.received.get(site.slug, 0) + plan.total_bytes)
        if options.dry_run:
            return SiteOutcome(site.slug, _planned(plan, services), size_bytes=plan.total_bytes)
        before = transfer.count.received.get(site.slug, 0)

        def write_sheet(gathered: GatheredSite) -> None:
            write_states(site.sheet, states_of(gathered.record))

        gathered = gather_site(plan, source, services, today(), site.name, site.has_lattice, write_sheet)
        received = transfer.count.received.get(site.slug, 0) - before
        return SiteOutcome(site.slug, _told(plan, gathered), size_bytes=received)
    finally:
        plan.close()


def _why_not(
    former: SurveyRecord, site: SurveySite, area: Area, source: Source, services: Services, options: SurveyOptions
) -> Message | None:
    """Return why a site that was gathered before is not gathered again, None if it is."""
    if options.refresh:
        is_newest = _is_whole(former, site) and not _is_older(former, area, source, services)
        return message("up to date") if is_newest else None
    if options.dry_run:
        return None
    if former.bounds != area.bounds:
        return message("gathered before, of another outline or buffer; `--refresh` gathers it again")
    return message("gathered before; `--refresh` asks for newer editions")


def _former(site: SurveySite, options: SurveyOptions) -> SurveyRecord | None:
    """Return the record of what is there, None without; a damaged one raises ScanError unless it is to be replaced."""
    path = site.folder / NAME
    try:
        return read(path) if path.is_file() else None
    except ScanError:
        if options.refresh:
            return None
        raise


def _is_whole(record: SurveyRecord, site: SurveySite) -> bool:
    """Return whether all files of a record are there, and are those that it names."""
    paths = [(layer, site.folder / layer.file) for layer in record.layers]
    return all(path.is_file() and size_and_sha256(path) == (layer.bytes, layer.sha256) for layer, path in paths)


def _is_older(former: SurveyRecord, area: Area, source: Source, services: Services) -> bool:
    """Return whether the index has tiles or editions that a record has not, or another area is wanted."""
    listed = tiles_of(source, services, area.bounds).tiles
    corners = area.tile_corners(services.place.tile_m)
    now = {(tile.name, tile.edition) for tile in listed if (tile.west, tile.south) in corners}
    then = {(name, layer.edition) for layer in former.of(Role.POINTS) for name in layer.tiles}
    empty = {gap.name for gap in former.gaps if gap.role is Role.POINTS}
    return former.bounds != area.bounds or {each for each in now if each[0] not in empty} != then


def _planned(plan: SitePlan, services: Services) -> Message:
    tiles = plural_message("%(count)s tile", "%(count)s tiles", len(plan.opened))
    return message(
        "%(area)s ha, %(tiles)s (%(names)s), %(missing)s not published, %(size)s MB to come, about %(time)s",
        area=Number(plan.area.hectares, ",.1f"),
        tiles=tiles,
        names=tuple(tile.name for tile, _opened in plan.opened) or ("–",),
        missing=len(plan.missing),
        size=Number(plan.total_bytes / 1e6, ",.1f"),
        time=duration(plan.seconds(services)),
    )


def _told(plan: SitePlan, gathered: GatheredSite) -> Message:
    roles = tuple(dict.fromkeys(layer.role.value for layer in gathered.record.layers))
    size = Number(sum(layer.bytes or 0 for layer in gathered.record.layers) / 1e6, ",.1f")
    text = message(
        "gathered %(area)s ha: %(layers)s, %(size)s MB",
        area=Number(plan.area.hectares, ",.1f"),
        layers=roles,
        size=size,
    )
    return joined([text, *gathered.remarks])


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
