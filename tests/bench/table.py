"""Format the measurements as a table, and write it into a page of the documentation between two markers."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.bench.alone import MOST_CORES

START, END = "<!-- bench:start -->", "<!-- bench:end -->"
COLUMNS = (
    "scan", "level", "program", "bytes (Brotli)", "triangles", "dB", "gain of Carreau", "dB lit", "SSIM", "seconds",
    "seconds of CPU", "peak memory",
)  # fmt: skip
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Row:
    """One model of one maker.

    maker : "carreau" or a peer's name
    bytes : after Brotli
    seconds, cpu_seconds, peak_bytes : of the command that made it; ours makes all levels, the poster and its measuring
        in one
    within : whether it keeps to our triangles and our bytes
    decides : whether the scan has colours, so that its dB counts
    lit_db : under light; None where that was not measured
    """

    scan: str
    level: str
    maker: str
    bytes: int
    triangles: int
    psnr_db: float
    ssim: float
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    within: bool = True
    decides: bool = True
    lit_db: float | None = None


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table; a peer's dB is followed by how far ours is above it."""
    ours = {(row.scan, row.level): row for row in rows if row.maker == "carreau"}
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * 3 + "---:|" * (len(COLUMNS) - 3)]
    for row in rows:
        beside = ours.get((row.scan, row.level))
        ahead = "" if row.maker == "carreau" or beside is None else f"{beside.psnr_db - row.psnr_db:+.2f}"
        mark = "" if row.within else " ¹"
        cells = (row.scan, row.level, row.maker + mark, f"{row.bytes:,}", f"{row.triangles:,}", f"{row.psnr_db:.2f}")
        times = (f"{row.seconds:.1f}", f"{row.cpu_seconds:.1f}")
        lit = "" if row.lit_db is None else f"{row.lit_db:.2f}"
        rest = (ahead, lit, f"{row.ssim:.4f}", *times, f"{row.peak_bytes / 1e6:,.0f} MB")
        lines.append("| " + " | ".join((*cells, *rest)) + " |")
    note = "¹ No result of this program meets the limits of triangles and bytes without holes; this is the closest one."
    return "\n".join(lines + ["", note] * any(not row.within for row in rows))


def gains(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Return for each level how far ours is above the better peer, in dB, one number a coloured scan."""
    found: dict[str, list[float]] = {}
    for mine in (row for row in rows if row.maker == "carreau" and row.decides):
        peers = [r.psnr_db for r in rows if (r.scan, r.level) == (mine.scan, mine.level) and r.maker != "carreau"]
        if peers:
            found.setdefault(mine.level, []).append(mine.psnr_db - max(peers))
    return found


def summary(rows: Sequence[Row]) -> list[str]:
    """Say for each level the median gain over the better peer, and the smallest."""
    return [
        f"- {level}: {statistics.median(values):+.2f} dB above the better peer (median of {len(values)} coloured "
        f"scans); minimum {min(values):+.2f} dB"
        for level, values in gains(rows).items()
    ]


def machine() -> str:
    """Return what the numbers were taken on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, {memory:.0f} GB, Python {platform.python_version()}"
    )


@dataclass(frozen=True)
class Circumstances:
    """When and on what a scan or a part was measured, and beside what.

    day : ISO 8601, on which the run began that measured it
    place : the machine and the versions of the peers, as the page names them
    beside_cores : most that others used of the machine during one command or all of it, on average
    """

    day: str
    place: str
    beside_cores: float

    @property
    def is_alone(self) -> bool:
        """Return whether so little went on beside it that its times may be printed."""
        return self.beside_cores <= MOST_CORES


def place(versions: Mapping[str, str]) -> str:
    """Return what the numbers are taken on and with."""
    return f"{machine()}; {', '.join(f'{name} {version}' for name, version in versions.items())}"


def page(
    rows: Sequence[Row],
    notes: Mapping[str, Sequence[str]],
    measured: Mapping[str, Circumstances],
    names: Sequence[str],
) -> str:
    """Return the whole section, as Markdown.

    notes : by the part that measured them
    measured : circumstances by scan and part; all of one place
    names : of all that can be measured, in the order of the page
    Raises ValueError when they are of two places.
    """
    places = {each.place for each in measured.values()}
    if len(places) > 1:
        raise ValueError(f"measured in more than one place: {'; '.join(sorted(places))}")
    days: dict[str, list[str]] = {}
    for name in names:
        if name in measured:
            days.setdefault(measured[name].day, []).append(name)
    most = max(each.beside_cores for each in measured.values())
    head = (
        f"Measured on {places.pop()}. Every command ran alone, the programs one after another; other processes used at "
        f"most {most:.2f} of a core meanwhile."
    )
    told = [f"- {_day(day)}: {', '.join(found)}" for day, found in sorted(days.items())]
    if missing := [name for name in names if name not in measured]:
        told.append(f"- not measured yet: {', '.join(missing)}")
    said = [*summary(rows), *(f"- {note}" for name in names for note in notes.get(name, ()))]
    return "\n\n".join([head, "\n".join(told), "\n".join(said), *([table(rows)] if rows else [])])


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%d %B %Y}"


def put(path: Path, text: str) -> None:
    """Replace the text between the markers of a file. Raises ValueError if it has none."""
    before, mark, rest = path.read_text("utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"{path} has no {START} followed by {END}")
    path.write_text(f"{before}{START}\n{text}\n{END}{after}", "utf-8")
