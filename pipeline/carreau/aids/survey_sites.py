"""Gather sites one after another, and tell of each; add its states to its `site.toml`, or renew their values."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.air.airborne.survey_record import NAME, Layer, Role, SurveyRecord, read
from carreau.air.survey.features import list_tiles
from carreau.air.survey.gather import (
    GatheredSite,
    SitePlan,
    flight_dates,
    gather_site,
    only_run,
    plan_site,
    rough_bytes,
    size_and_sha256,
)
from carreau.air.survey.services import Area, Place, Services, site_area, today
from carreau.air.survey.source import Source
from carreau.base.document import open_document
from carreau.base.errors import CarreauError, KeyPath, OptionError, ScanError, UnreachableError
from carreau.base.files import write_whole
from carreau.base.messages import Line, Message, Number, join_messages, message, plural_message
from carreau.base.toml_places import with_value, write_toml
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
        return join_messages([self.slug, self.text], ": ")


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
    if former is not None and (why := _why_not(former, site, area, source, services, options)):
        return SiteOutcome(site.slug, why)
    check_sheet(site.sheet)
    plan = plan_site(source, services, site.slug, area, site.folder, site.outline, options.whole_files)
    try:
        transfer.expect(site.slug, transfer.count.received.get(site.slug, 0) + plan.total_bytes)
        if options.dry_run:
            return SiteOutcome(site.slug, _describe_plan(plan, services), size_bytes=plan.total_bytes)
        before = transfer.count.received.get(site.slug, 0)

        def write_sheet(gathered: GatheredSite) -> None:
            write_states(site.sheet, list_states(gathered.record))

        gathered = gather_site(plan, source, services, today(), site.name, site.has_lattice, write_sheet)
        received = transfer.count.received.get(site.slug, 0) - before
        return SiteOutcome(site.slug, _describe_result(plan, gathered), size_bytes=received)
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
    """Return the survey record of a site, None if there is none.

    Raises ScanError for a damaged one, unless the survey is to be gathered anew.
    """
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
    listed = list_tiles(source, services, area.bounds).tiles
    corners = area.tile_corners(services.place.tile_m)
    now = {(tile.name, tile.edition) for tile in listed if (tile.west, tile.south) in corners}
    then = {(name, layer.edition) for layer in former.of(Role.POINTS) for name in layer.tiles}
    empty = {gap.name for gap in former.gaps if gap.role is Role.POINTS}
    return former.bounds != area.bounds or {each for each in now if each[0] not in empty} != then


def _describe_plan(plan: SitePlan, services: Services) -> Message:
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


def _describe_result(plan: SitePlan, gathered: GatheredSite) -> Message:
    roles = tuple(dict.fromkeys(layer.role.value for layer in gathered.record.layers))
    size = Number(sum(layer.bytes or 0 for layer in gathered.record.layers) / 1e6, ",.1f")
    text = message(
        "gathered %(area)s ha: %(layers)s, %(size)s MB",
        area=Number(plan.area.hectares, ",.1f"),
        layers=roles,
        size=size,
    )
    return join_messages([text, *gathered.remarks])


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


def choose_sites(assets: Path, names: Sequence[str], every: bool) -> list[SurveySite]:
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
        for slug, entry in ((slug, entries[_check_site(slug, entries)]) for slug in dict.fromkeys(chosen))
    ]


def _check_site(slug: str, entries: Iterable[str]) -> str:
    names = list(entries)
    if slug in names:
        return slug
    close = difflib.get_close_matches(slug, names, 1)
    cure = message("did you mean '%(name)s'?", name=close[0]) if close else message("see the folders of sites/")
    raise OptionError(message("there is no site '%(site)s'; %(cure)s", site=slug, cure=cure))


FILE, HISTORIC_FILE = "survey", "survey#historic"
PROCESSED = "traitement : Carreau, non par l’IGN"
_POSE = "geopose"

Values = dict[str, Any]


@dataclass(frozen=True)
class StateText:
    """A state to be written.

    values : by key, in the order of the file
    pose : of `[state.geopose]`
    """

    values: Values
    pose: Values


def list_states(record: SurveyRecord) -> list[StateText]:
    """Return the states of a survey: the place today, and on the old photograph where there is one."""
    layers, years = record.layers, _years(flight_dates(record.layers)) or str(record.gathered.year)
    is_measured = bool(record.of(Role.POINTS))
    now = [layer for layer in layers if layer.role is not Role.HISTORIC]
    today = {
        "id": f"air-{years[:4]}",
        "date": years,
        "kind": "survey",
        "file": FILE,
        "evidence": "attested" if is_measured else "hypothetical",
        **_rights(now),
    }
    pose = _pose(record)
    historic = record.of(Role.HISTORIC)
    if not historic:
        return [StateText(today, pose)]
    flown = historic[0].flown
    past = {
        "id": f"air-{flown[:4] or 'past'}",
        "date": flown,
        "kind": "survey",
        "file": HISTORIC_FILE,
        "evidence": "deduced",
        **_rights([*historic, *record.of(Role.POINTS), *record.of(Role.TERRAIN)]),
    }
    return [StateText(today, pose), StateText(past, pose)]


def _years(flown: str) -> str:
    """Return the years of an interval: "2022", or "2022/2023"."""
    return "/".join(dict.fromkeys(day[:4] for day in flown.split("/"))) if flown else ""


def _rights(layers: Iterable[Layer]) -> Values:
    layers = list(layers)
    credits = list(dict.fromkeys(layer.credit for layer in layers if layer.credit))
    sources = [f"{layer.credit} ({layer.source})" if layer.source else layer.credit for layer in layers]
    licences = list(dict.fromkeys(layer.licence for layer in layers if layer.licence))
    return {
        "sources": list(dict.fromkeys(sources)),
        "author": f"IGN ; {PROCESSED}",
        "licence": licences[0] if len(licences) == 1 else ", ".join(licences),
        "credit": " ; ".join([*credits, PROCESSED]),
    }


def _pose(record: SurveyRecord) -> Values:
    """Return where the model's origin stands, without a height.

    A pose has that above the ellipsoid; a survey has heights above the sea, and geoid grids may not be there offline.
    """
    from pyproj import Transformer

    west, south, east, north = record.bounds
    to_degrees = Transformer.from_crs(f"EPSG:{record.epsg}", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
    return {"lon": round(lon, 7), "lat": round(lat, 7), "yaw_deg": 0}


def check_sheet(path: Path) -> str:
    """Return the text of a `site.toml`; raises OptionError where it cannot be read."""
    document = open_document(path, str(path))
    if document.findings:
        raise OptionError(document.findings[0].message())
    return document.text


def write_states(path: Path, states: list[StateText]) -> bool:
    """Write the states into a `site.toml`, and return whether anything changed; raises OptionError, StorageError."""
    former = check_sheet(path)
    try:
        text = with_states(former, states)
    except ValueError as error:
        cause = message("the states in %(file)s are not [[state]] tables; rewrite them first", file=str(path))
        raise OptionError(cause) from error
    if text == former:
        return False
    write_whole(path, text.encode())
    return True


def with_states(text: str, states: list[StateText]) -> str:
    """Return the text of a `site.toml` with states added or renewed; raises ValueError where that is not possible."""
    before = tomllib.loads(text)
    for state in states:
        text = _with_state(text, state)
    files = {state.values["file"] for state in states}
    if FILE in files and HISTORIC_FILE not in files:
        text = _as_draft(text)
    after = tomllib.loads(text)
    if _others(before) != _others(after):
        raise ValueError("something else changed")
    return text


def _others(data: Mapping[str, Any]) -> list[Any]:
    """Return everything but the states that come from a survey: the other keys, and the other states."""
    states = [each for each in data.get("state", []) if each.get("kind") != "survey"]
    return [{key: value for key, value in data.items() if key != "state"}, states]


def _with_state(text: str, state: StateText) -> str:
    data = tomllib.loads(text)
    states = data.get("state", [])
    at = next((i for i, each in enumerate(states) if each.get("file") == state.values["file"]), None)
    if at is None:
        return text.rstrip("\n") + "\n\n" + _block(_with_free_id(state, states))
    former = states[at]
    values = dict(state.values)
    if _is_referenced(data, former.get("id", "")) or any(each.get("id") == values["id"] for each in states):
        del values["id"]
    for key, value in (*((f"{_POSE}.{key}", value) for key, value in state.pose.items()), *values.items()):
        path: KeyPath = ("state", at, *key.split("."))
        if _value_at(data, path) != value:
            text = with_value(text, path, value)
    return text


def _with_free_id(state: StateText, states: list[Values]) -> StateText:
    taken, own = {each.get("id") for each in states}, state.values["id"]
    number = next(n for n in range(1, len(taken) + 2) if (own if n == 1 else f"{own}-{n}") not in taken)
    return StateText(state.values | {"id": own if number == 1 else f"{own}-{number}"}, state.pose)


def _is_referenced(data: Mapping[str, Any], name: str) -> bool:
    """Return whether annotations or tours name a state, whose links must stay."""
    return any(each.get("state") == name for key in ("annotation", "tour") for each in data.get(key, []))


def _as_draft(text: str) -> str:
    """Return the text in which the state of an old photograph that is gone no longer names its file."""
    states = tomllib.loads(text).get("state", [])
    at = next((i for i, each in enumerate(states) if each.get("file") == HISTORIC_FILE), None)
    return text if at is None else with_value(text, ("state", at, "file"), "")


def _block(state: StateText) -> str:
    lines = [
        "# Écrit par `carreau survey`, qui en renouvelle les valeurs. Vos commentaires et les clés ajoutées restent,",
        "# comme `title` : sans lui, les pages donnent un titre dans chaque langue.",
        "[[state]]",
    ]
    lines += [f"{key} = {write_toml(value)}" for key, value in state.values.items()]
    lines += ["", "# Origine du modèle ; altitude IGN69, telle que mesurée.", f"[state.{_POSE}]"]
    lines += [f"{key} = {write_toml(value)}" for key, value in state.pose.items()]
    return "\n".join(lines) + "\n"


def _value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step] if isinstance(step, int) else data.get(step) if isinstance(data, Mapping) else None
    return data
