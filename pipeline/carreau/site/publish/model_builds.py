"""Model builds: which states need one, with which options, and running them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from carreau.air.massing_files.massing_file import is_massing
from carreau.base.atomic_write import write_whole
from carreau.base.errors import OptionError
from carreau.base.i18n.languages import SOURCE
from carreau.base.levels import BUDGETED, DEFAULT_NAMES
from carreau.base.messages import message
from carreau.base.options import AUTO, ModelOptions
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.translations import Translations
from carreau.catalogue.media import captions_beside
from carreau.catalogue.samples import sample_of
from carreau.catalogue.site import Site
from carreau.catalogue.state import HISTORIC, SCAN, State
from carreau.exports.records.record import SiteRecord, site_record
from carreau.exports.records.urls import Urls
from carreau.exports.standards.xmp import model_packet
from carreau.formats.registry import suffixes_of
from carreau.models.batch import BatchResult, make_batch
from carreau.models.reports.report import Report
from carreau.models.scan_folder import NamedScan
from carreau.runs.cache.cache import Cache
from carreau.runs.console.progress import Dashboard, Progress
from carreau.site.media.simulation import simulate
from carreau.site.publish.artifacts import model_folder
from carreau.site.publish.table_build import FOLDER, STATE, TableBuild, table_build, table_options
from carreau.site.publish.types import PublishOptions
from carreau.site.publish.unchanged import fingerprint

_NOTE = ".built.json"


@dataclass(frozen=True)
class StateBuild:
    """The model build of a state.

    name : "SITE/STATE", the folder below the models
    sample : name of the simulated scan that is generated first, empty for a real scan
    inputs : digest of all inputs of the models
    table : the table model of the territory, None for a state of a site
    """

    name: str
    scan: Path
    sample: str
    options: ModelOptions
    inputs: str
    table: TableBuild | None = None

    @property
    def is_built(self) -> bool:
        """Return whether the existing models were built from the same inputs."""
        try:
            note = json.loads((self.options.out / _NOTE).read_bytes())
        except (OSError, ValueError):
            return False
        return bool(note == {"inputs": self.inputs}) and (self.options.out / "report.json").is_file()

    def remember(self) -> None:
        """Write the digest of the inputs beside the models."""
        write_whole(self.options.out / _NOTE, json.dumps({"inputs": self.inputs}).encode())


def state_builds(
    publish_options: PublishOptions, catalogue: Catalogue, translations: Translations, language: str = "fr"
) -> Iterator[StateBuild]:
    """Yield the build of every state that has a file, whether built before or not.

    language : of the build reports
    Raises OptionError where the file of a state is missing.
    """
    urls = Urls(publish_options.base_url)
    for entry in catalogue.sites.values():
        if any(state.file for state in entry.of.state):
            record = site_record(entry, catalogue, translations, urls, edition=publish_options.edition)
            yield from (
                _state_build(record, number, publish_options, language)
                for number, state in enumerate(entry.of.state)
                if state.file
            )
    if (table := table_build(publish_options, catalogue)) is not None:
        yield _table_build(table, publish_options, language)


def _table_build(table: TableBuild, publish_options: PublishOptions, language: str) -> StateBuild:
    options = table_options(publish_options, language, table.relief_credit)
    scan = samples_of(publish_options) / f"{FOLDER}.glb"
    inputs = fingerprint((), (repr(options), table.digest))
    return StateBuild(f"{FOLDER}/{STATE}", scan, "", options, inputs, table)


def samples_of(options: PublishOptions) -> Path:
    """Return the folder of simulated scans."""
    return options.models.parent / "samples"


def _state_build(record: SiteRecord, number: int, publish_options: PublishOptions, language: str) -> StateBuild:
    entry, state_record = record.entry, record.states[number]
    state, titles = state_record.state, record.state_titles(number)
    sample = sample_of(state.file)
    scan = samples_of(publish_options) / sample if sample else entry.folder / state.path
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
    is_gltf = bool(sample) or state.file.lower().endswith(suffixes_of("gltf"))
    return "authored" if state.kind != SCAN and is_gltf else "scan"


def _files(entry: Entry[Site], scan: Path) -> list[Path]:
    """Return the files that a scan may refer to: all in its folder, except those of the catalogue itself.

    A file of measured facts refers to none.
    """
    if is_massing(scan):
        return [scan]
    folder = scan if scan.is_dir() else scan.parent
    own = {entry.document.path, entry.folder / entry.of.outline}
    for medium in entry.of.media:
        beside = captions_beside(entry.folder, medium.captions).values()
        own |= {entry.folder / name for name in (medium.file, medium.captions, *beside) if name}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path not in own)


Make = Callable[[Path, ModelOptions, Progress], Report]
_SHARES = (0.25, 0.5, 0.75)


def build_states(
    states: Sequence[StateBuild],
    models: Path,
    samples: Path,
    make: Make,
    board: Dashboard,
    jobs: int,
    language: str,
    cache: Cache,
) -> BatchResult:
    """Build the models of states, each in its folder, with a report for each.

    samples : folder for simulated scans, which are generated first
    cache : of the pictures of the territory
    make : builds the models of one scan
    """
    by_name = {state.name: state for state in states}

    def one(scan: NamedScan, out: Path, progress: Progress) -> Report:
        state = by_name[scan.name]
        if state.table is not None:
            state.table.write(state.scan)
        path = _simulated(state.sample, samples, progress) if state.sample else state.scan
        report = make(path, replace(state.options, out=out, jobs=jobs), progress)
        if state.table is not None:
            state.table.take_pictures(state.scan, cache)
        state.remember()
        return report

    scans = [NamedScan(state.name, state.scan) for state in states]
    # One more than can run: its steps fill in while those of another wait for memory.
    return make_batch(scans, models, one, board, jobs + 1, language)


def _simulated(sample: str, samples: Path, progress: Progress) -> Path:
    """Return a simulated scan, generated if missing; that takes a minute, and progress is reported every quarter."""
    reported = set[float]()

    def on_progress(message: str, share: float) -> None:
        for passed in _SHARES:
            if share >= passed and passed not in reported:
                reported.add(passed)
                progress.note(f"simulating {sample}, {passed:.0%}: {message}")

    return simulate(sample, samples, on_progress)
