"""Read changed files of every format for a while: `make fuzz`, with SECONDS=, COUNT=, SEED=, FORMATS= and WORKERS=."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from carreau.runs.progress import duration
from tests.fuzz.campaign import CASES, LARGEST_CASE, Tally, campaign
from tests.fuzz.seeds import all_seeds
from tests.fuzz.worker import BAD, GOOD

_EVERY_S = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, print what went wrong, and return 1 if anything did."""
    chosen = _parser().parse_args(arguments)
    seeds = all_seeds()
    formats = sorted({seed.format for seed in seeds})
    wanted = [name for name in chosen.formats.replace(",", " ").split() if name]
    unknown = [name for name in wanted if name not in formats]
    if unknown:
        print(f"unknown format {unknown[0]}; there are: {' '.join(formats)}", file=sys.stderr)
        return 2
    seeds = tuple(seed for seed in seeds if not wanted or seed.format in wanted)
    print(f"{len(seeds)} small files of {len({seed.format for seed in seeds})} formats, seed {chosen.seed}")
    progress = _Progress(chosen.count, chosen.seconds, chosen.out)
    started = time.monotonic()
    tally = campaign(seeds, chosen.seed, chosen.count, chosen.seconds, chosen.workers, progress.show)
    print("\n".join(_table(tally, time.monotonic() - started)))
    for signature, finding in sorted(tally.findings.items()):
        path = finding.store(chosen.out)
        large = "" if len(finding.content) <= LARGEST_CASE else f" ({len(finding.content)} bytes: too large to keep)"
        print(f"\n{tally.repeats[signature]} × {signature}{large}\n  {path}\n  {_indented(finding.outcome.note)}")
    return 1 if tally.bad else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="stop after so long")
    parser.add_argument("--count", type=int, default=10**9, help="stop after so many inputs")
    parser.add_argument(
        "--seed", type=int, default=1, help="number of the campaign: the same one gives the same inputs"
    )
    parser.add_argument("--formats", default="", help="for example las,laz,e57; all by default")
    parser.add_argument("--workers", type=int, default=1, help="processes that read")
    parser.add_argument("--out", type=Path, default=CASES, help="folder for the inputs that went wrong")
    return parser


class _Progress:
    """Prints a line every few seconds."""

    def __init__(self, count: int, seconds: float, out: Path) -> None:
        self._count, self._seconds, self._out, self._next = count, seconds, out, 0.0
        self._printed = set[str]()

    def show(self, tally: Tally, elapsed: float) -> None:
        """Print the counts and the time left; keep each finding at once, as a campaign may be interrupted."""
        for signature in sorted(tally.findings.keys() - self._printed):
            print(f"  went wrong: {signature}\n    {tally.findings[signature].store(self._out)}", flush=True)
            self._printed.add(signature)
        if elapsed < self._next:
            return
        self._next = elapsed + _EVERY_S
        totals = tally.totals
        done = totals.total()
        left = min(self._seconds - elapsed, (self._count - done) * elapsed / done if done else self._seconds)
        bad = ", ".join(f"{totals[what]} {what}" for what in BAD if totals[what]) or "none wrong"
        good = f"{totals['read']:,} read, {totals['refused']:,} refused"
        rate = done / elapsed if elapsed else 0.0
        print(f"{done:,} inputs ({rate:.0f}/s): {good}, {bad}; {duration(max(left, 0.0))} left", flush=True)


def _table(tally: Tally, seconds: float) -> list[str]:
    """Return the counts by format."""
    columns = [*GOOD, *(what for what in BAD if tally.totals[what])]
    rows = [["format", "inputs", *columns, "ms each"]]
    for name, counts in [*sorted(tally.outcomes.items()), ("all", tally.totals)]:
        spent = sum(tally.seconds.values()) if name == "all" else tally.seconds[name]
        inputs = counts.total()
        row = [f"{inputs:,}", *(f"{counts[what]:,}" for what in columns), f"{1000 * spent / max(inputs, 1):.1f}"]
        rows.append([name, *row])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return ["", *lines, "", f"{tally.totals.total():,} inputs in {duration(seconds)}: {tally.bad:,} went wrong"]


def _indented(text: str) -> str:
    return "\n  ".join(text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
