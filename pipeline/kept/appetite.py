"""Estimate the memory a step will take, before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.kept.steps import Step

MARGIN = 1.1
"""What a step took the last time is taken for this much more: other steps beside it leave less or more behind."""


@dataclass(frozen=True)
class Appetite:
    """What a stage takes beyond what the process holds: some bytes, and so many for each byte it is given."""

    fixed_bytes: int
    factor: float


USUAL = Appetite(64_000_000, 8.0)

APPETITES: dict[str, Appetite] = {
    "read": Appetite(64_000_000, 10.0),
    "bake": Appetite(1_500_000_000, 20.0),
    "relief": Appetite(1_000_000_000, 20.0),
    "unwrap_level": Appetite(128_000_000, 40.0),
    "see": Appetite(200_000_000, 10.0),
    "sight": Appetite(200_000_000, 10.0),
    "judge": Appetite(200_000_000, 10.0),
    "measure_published": Appetite(200_000_000, 10.0),
    "render_poster": Appetite(200_000_000, 10.0),
}
"""Of stages never run on this machine: half as much again as measured, on a statue of 600,000 triangles (43 MB).

It read with 208 MB, baked 2048² with 1,050 MB and was seen with 250 MB; other stages took four times their input.
"""


def appetite_bytes(step: Step[Any]) -> int:
    """Return the bytes a step may take beyond what the process holds: as it did before, else by what it is given."""
    known = step.cache.timings.memory_bytes(step.label, step.size_bytes)
    if known is not None:
        return max(round(known * MARGIN), 1)
    usual = APPETITES.get(step.stage, USUAL)
    return usual.fixed_bytes + round(usual.factor * step.input_bytes)
