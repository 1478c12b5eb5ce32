"""Model builds: which states need one, with which options, and running them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from carreau.base.errors import OptionError
from carreau.base.files import write_whole
from carreau.base.languages import SOURCE
from carreau.base.levels import AR, BUDGETED, DEFAULT_NAMES, PHONE, PREVIEW
from carreau.base.messages import message
from carreau.base.options import AUTO, ModelOptions
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.media import captions_beside
from carreau.catalogue.site import HISTORIC, SCAN, Site, State, sample_name
from carreau.exports.dublin_core import model_packet
from carreau.exports.record import SiteRecord, site_record
from carreau.exports.urls import Urls
from carreau.formats.registry import list_suffixes
from carreau.models.batch import BatchResult, NamedScan, make_batch
from carreau.models.builders.sources import MASSING
from carreau.models.reports.report import Report
from carreau.runs.cache import Cache
from carreau.runs.progress import Dashboard, Progress
from carreau.site.media_preparation import simulate
from carreau.site.publish.artifacts import model_folder
from carreau.site.publish.publication import BUILT_NOTE, FIRST_LOOK_KEY, PublishOptions, fingerprint
from carreau.site.table_note import CREDIT, LICENCE

if TYPE_CHECKING:
    from carreau.site.table_model import TableSources
    from carreau.site.table_plan import TablePlan

_FIRST_LOOK = (PREVIEW.name,)
"""Levels of a place whose others come later."""


@dataclass(frozen=True, eq=False)
class TableModel:
    """A model as GLB, and what is made of it besides its levels."""

    plan: TablePlan
    content: bytes


@dataclass(eq=False)
class TableBuild:
    """The model of the territory, ready to be built.

    folder : of its levels
    relief_credit : whom terrain and photograph belong to; empty for the table
    digest : changes with all that it is made of
    make : makes the model, which takes half a minute for a relief; raises ScanError
    """

    folder: Path
    relief_credit: str
    digest: str
    make: Callable[[], TableModel]

    @cached_property
    def model(self) -> TableModel:
        """Return the model, made on first use."""
        return self.make()

    def write(self, scan: Path) -> None:
        """Write the model, unless it is there; raises ScanError or StorageError."""
        content = self.model.content
        if not scan.is_file() or scan.read_bytes() != content:
            write_whole(scan, content)

    def take_pictures(self, scan: Path, cache: Cache) -> None:
        """Take the pictures, or have them from the cache, and write them with the note of the model."""
        from carreau.site.table_model import take_pictures
        from carreau.site.table_plan import write_table

        plan = self.model.plan
        pictures = cache.step(take_pictures, cache.files(scan), plan.shots, label="table pictures")
        write_table(self.folder, plan, pictures.value())


@dataclass(frozen=True)
class StateBuild:
    """The model build of a state.

    name : "SITE/STATE", the folder below the models
    sample : name of the simulated scan that is generated first, empty for a real scan
    inputs : digest of all inputs of the models
    whole : of those of all levels, where only the first is asked for; models with all of them are as good
    table : the table model of the territory, None for a state of a site
    """

    name: str
    scan: Path
    sample: str
    options: ModelOptions
    inputs: str
    whole: str = ""
    table: TableBuild | None = None

    @property
    def is_built(self) -> bool:
        """Return whether the existing models were built from the same inputs."""
        try:
            note = json.loads((self.options.out / BUILT_NOTE).read_bytes())
        except (OSError, ValueError):
            return False
        is_same = isinstance(note, dict) and note.get("inputs") in (self.inputs, self.whole or self.inputs)
        return is_same and (self.options.out / "report.json").is_file()

    def remember(self) -> None:
        """Write the digest of the inputs beside the models, and whether further levels are to come."""
        note = {"inputs": self.inputs, **({FIRST_LOOK_KEY: True} if self.whole else {})}
        write_whole(self.options.out / BUILT_NOTE, json.dumps(note).encode())


def state_builds(
    publish_options: PublishOptions,
    catalogue: Catalogue,
    translations: Translations,
    language: str = "fr",
    whole: Sequence[str] | None = None,
) -> Iterator[StateBuild]:
    """Yield the build of every state that has a file, whether built before or not.

    language : of the build reports
    whole : slugs of the sites that get all levels, of all others the first is built; None for all sites
    Raises OptionError where the file of a state is missing, or a slug is of no site.
    """
    urls = Urls(publish_options.base_url)
    for slug in whole or ():
        if slug not in catalogue.sites:
            raise OptionError(message("--whole %(name)s: no site has this name", name=slug))
    for entry in catalogue.sites.values():
        if any(state.file for state in entry.of.state):
            record = site_record(entry, catalogue, translations, urls, edition=publish_options.edition)
            builds = (
                _state_build(record, number, publish_options, language)
                for number, state in enumerate(entry.of.state)
                if state.file
            )
            yield from builds if whole is None or entry.slug in whole else map(_first_look, builds)
    if (table := table_build(publish_options, catalogue)) is not None:
        yield _table_build(table, publish_options, language)


def _table_build(table: TableBuild, publish_options: PublishOptions, language: str) -> StateBuild:
    options = table_options(publish_options, language, table.relief_credit)
    scan = samples_folder(publish_options) / f"{FOLDER}.glb"
    inputs = fingerprint((), (repr(options), table.digest))
    return StateBuild(f"{FOLDER}/{STATE}", scan, "", options, inputs, table=table)


def _first_look(build: StateBuild) -> StateBuild:
    """Return the build of the first level alone."""
    options = replace(build.options, levels=_FIRST_LOOK)
    return replace(build, options=options, inputs=fingerprint((), (build.inputs, *_FIRST_LOOK)), whole=build.inputs)


def samples_folder(options: PublishOptions) -> Path:
    """Return the folder of simulated scans."""
    return options.models.parent / "samples"


def _state_build(record: SiteRecord, number: int, publish_options: PublishOptions, language: str) -> StateBuild:
    entry, state_record = record.entry, record.states[number]
    state, titles = state_record.state, record.state_titles(number)
    sample = sample_name(state.file)
    scan = samples_folder(publish_options) / sample if sample else entry.folder / state.path
    if not sample and not scan.exists():
        raise OptionError(
            message(
                "%(file)s: the scan %(scan)s of state '%(state)s' does not exist",
                file=entry.document.name,
                scan=state.file,
                state=state.id,
            )
        )
    options = ModelOptions(
        out=model_folder(publish_options.models, entry.slug, state),
        name=f"{entry.of.name} – {titles[SOURCE].text if titles else state.id}",
        source=" ; ".join(state.sources) or state.author,
        licence=state.licence,
        credit=state.credit or state.author,
        language=language,
        taken_as=_taken_as(state, sample),
        levels=_levels(entry),
        packet=json.dumps(model_packet(record, state_record), ensure_ascii=False, sort_keys=True),
        unit="m" if sample else AUTO,  # simulated scans are in metres, with y up
        up="y" if sample else AUTO,
        side=_side(state),
    )
    files = () if sample else _files(entry, scan)
    dependencies = (repr(options), *(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files))
    return StateBuild(f"{entry.slug}/{state.id}", scan, sample, options, fingerprint((), dependencies))


def _side(state: State) -> tuple[float, float] | None:
    """Return the side of the poster that a curator chose."""
    side = state.poster
    if side is None or side.azimuth_deg is None or side.elevation_deg is None:
        return None
    return side.azimuth_deg, side.elevation_deg


def _levels(entry: Entry[Site]) -> tuple[str, ...]:
    """Return the levels of the states of a site: those that are compared also in the encoding that saves memory."""
    is_compared = sum(bool(state.file) for state in entry.of.state) > 1
    return tuple(BUDGETED) if is_compared else DEFAULT_NAMES


def _taken_as(state: State, sample: str) -> str:
    """Return how the file of a state is read: an authored glTF keeps its structure."""
    if state.is_massing:
        return AUTO
    if state.is_survey:
        return HISTORIC if state.is_historic else AUTO
    is_gltf = bool(sample) or state.file.lower().endswith(list_suffixes("gltf"))
    return "authored" if state.kind != SCAN and is_gltf else "scan"


def _files(entry: Entry[Site], scan: Path) -> list[Path]:
    """Return the files that a scan may refer to: all in its folder, except those of the catalogue itself.

    A file of measured facts refers to none.
    """
    if MASSING.is_one(scan):
        return [scan]
    folder = scan if scan.is_dir() else scan.parent
    own = {entry.document.path, entry.folder / entry.of.outline}
    for medium in entry.of.media:
        beside = captions_beside(entry.folder, medium.captions).values()
        own |= {entry.folder / name for name in (medium.file, medium.captions, *beside) if name}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path not in own)


Make = Callable[[Path, ModelOptions, Progress], Report]
_SHARES = (0.25, 0.5, 0.75)


class BuildFolders(NamedTuple):
    """Where models go, and simulated scans, which are generated first."""

    models: Path
    samples: Path


def build_states(
    states: Sequence[StateBuild],
    folders: BuildFolders,
    make: Make,
    board: Dashboard,
    jobs: int,
    language: str,
    cache: Cache,
) -> BatchResult:
    """Build the models of states, each in its folder, with a report for each.

    cache : of the pictures of the territory
    make : builds the models of one scan
    """
    by_name, models, samples = {state.name: state for state in states}, folders.models, folders.samples

    def one(scan: NamedScan, out: Path, progress: Progress) -> Report:
        state = by_name[scan.name]
        if state.table is not None:
            state.table.write(state.scan)
        path = _simulate(state.sample, samples, progress) if state.sample else state.scan
        report = make(path, replace(state.options, out=out, jobs=jobs), progress)
        if state.table is not None:
            state.table.take_pictures(state.scan, cache)
        state.remember()
        return report

    scans = [NamedScan(state.name, state.scan) for state in states]
    # One more than can run: its steps fill in while those of another wait for memory.
    return make_batch(scans, models, one, board, jobs + 1, language)


def _simulate(sample: str, samples: Path, progress: Progress) -> Path:
    """Return a simulated scan, generated if missing; that takes a minute, and progress is reported every quarter."""
    reported = set[float]()

    def on_progress(message: str, share: float) -> None:
        for passed in _SHARES:
            if share >= passed and passed not in reported:
                reported.add(passed)
                progress.note(f"simulating {sample}, {passed:.0%}: {message}")

    return simulate(sample, samples, on_progress)


FOLDER, STATE = "_territory", "table"
"""Of its models, below the folder of all models; no slug has an underscore."""
LEVELS = (PHONE.name, AR.name)
"""A table is small enough for phones with all its triangles."""
RELIEF_LEVELS = (PREVIEW.name, *LEVELS)
"""A relief has a photograph: a small one is seen first."""
TITLE = "La Porte du Hainaut – maquette"
UNKNOWN = "?"
"""The credit of terrain whose record names nobody."""
RELIEF_TITLE = "La Porte du Hainaut – relief"


def table_folder(models: Path) -> Path:
    """Return the folder of the table model."""
    return models / FOLDER / STATE


def table_options(options: PublishOptions, language: str, relief_credit: str = "") -> ModelOptions:
    """Return how the table model is built, or the relief.

    relief_credit : whom terrain and photograph belong to; empty for the table
    """
    credit = " ; ".join(filter(None, (CREDIT, relief_credit)))
    return ModelOptions(
        out=table_folder(options.models), name=RELIEF_TITLE if relief_credit else TITLE,
        levels=RELIEF_LEVELS if relief_credit else LEVELS, source=credit, licence=LICENCE, credit=credit,
        language=language, taken_as="authored",
    )  # fmt: skip


def table_build(options: PublishOptions, catalogue: Catalogue) -> TableBuild | None:
    """Return the model that the catalogue makes; None if it has no communes or no outlines.

    It is a relief once the terrain of the territory is gathered. Raises ScanError.
    """
    from carreau.site.table_model import table_sources
    from carreau.site.table_plan import (
        is_gathered,
        table_file,
        table_parts,
        table_plan,
        terrain_credit,
        territory_record,
    )

    sources = table_sources(catalogue, options.assets)
    if sources is None:
        return None
    parts, folder = table_parts(sources), table_folder(options.models)
    content = table_file(parts)
    digest = hashlib.sha256(content).hexdigest()
    if not is_gathered(options.assets):
        return TableBuild(folder, "", digest, lambda: TableModel(table_plan(sources, parts), content))
    # The table's own file stands for what the catalogue says of communes, outlines, heights and routes.
    digest, credit = f"{digest} {_stamps(options.assets)}", terrain_credit(territory_record(options.assets)) or UNKNOWN
    return TableBuild(folder, credit, digest, lambda: _relief(options.assets, sources))


def _relief(assets: Path, sources: TableSources) -> TableModel:
    from carreau.site.table_plan import relief_plan

    relief = relief_plan(sources, assets)
    return TableModel(relief.plan, relief.content)


def _stamps(assets: Path) -> str:
    """Return sizes and times of all that was gathered of the territory, as for the scans of sites."""
    from carreau.site.table_plan import FOLDER as GATHERED

    files = sorted(path for path in (assets / GATHERED).iterdir() if path.is_file())
    return " ".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
