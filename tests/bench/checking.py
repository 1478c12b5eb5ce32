"""Time `carreau check` on the real catalogue, and on made-up ones up to a hundred times as large."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.made_up import PROJECT, make_up
from tests.bench.processes import Run, run

SIZES = (1000, 2500, 5000)
MOST_S, MOST_REAL_S = 60.0, 2.0
_EVEN = 1.25
"""How much slower a site of the largest catalogue may be than one of the smallest, for the growth to be called linear:
one run differs from the next by a tenth."""


def check_catalogues(work: Path, sizes: tuple[int, ...] = SIZES) -> list[str]:
    """Return a sentence about the real catalogue and one about the made-up ones.

    work : folder that they are made in
    """
    check(PROJECT / "assets")  # the first run reads the programs from disk
    real = check(PROJECT / "assets")
    made = {size: check(make_up(size, work / str(size))) for size in sizes}
    each = [made[size].seconds / size * 1000 for size in sizes]
    grown = "linear" if each[-1] <= each[0] * _EVEN else "more than linear"
    figures = "; ".join(
        f"{size:,}: {made[size].took()}, {per_1000:.1f} s per 1,000, {made[size].peak_bytes / 1e6:,.0f} MB"
        for size, per_1000 in zip(sizes, each, strict=True)
    )
    return [
        f"`carreau check` on the real catalogue, including the start of Python: {real.took(2)} "
        f"({held(real.seconds, MOST_REAL_S)} {MOST_REAL_S:.0f} s), {real.peak_bytes / 1e6:.0f} MB",
        f"`carreau check` on generated catalogues with translations, by number of sites: {figures}; "
        f"growth is {grown}, the largest {held(made[sizes[-1]].seconds, MOST_S)} {MOST_S:.0f} s",
    ]


def check(assets: Path) -> Run:
    """Check a catalogue that has no errors, as a person would; raises FailedError where it has."""
    return run([sys.executable, "-m", "carreau.command.cli", "check", "--assets", str(assets)], {"LC_ALL": "C.UTF-8"})


def held(found: float, most: float) -> str:
    """Say whether a figure keeps to its limit."""
    return "within" if found < most else "OVER"
