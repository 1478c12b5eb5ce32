"""Estimate the memory a step will take, before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.cache.tasks import Task

MARGIN = 1.1
"""What a step took the last time is taken for this much more: other steps beside it leave less or more behind."""


@dataclass(frozen=True)
class MemoryEstimate:
    """What a stage takes beyond what the process holds: some bytes, and so many for each byte it is given."""

    fixed_bytes: int
    factor: float


USUAL = MemoryEstimate(64_000_000, 8.0)

ESTIMATES: dict[str, MemoryEstimate] = {
    "read": MemoryEstimate(64_000_000, 10.0),
    "bake": MemoryEstimate(1_500_000_000, 20.0),
    "bake_normal_map": MemoryEstimate(1_000_000_000, 20.0),
    "unwrap_level": MemoryEstimate(128_000_000, 40.0),
    "render_reference": MemoryEstimate(200_000_000, 10.0),
    "sight": MemoryEstimate(200_000_000, 10.0),
    "score_level": MemoryEstimate(200_000_000, 10.0),
    "measure_published": MemoryEstimate(200_000_000, 10.0),
    "render_poster": MemoryEstimate(200_000_000, 10.0),
}
"""Of stages never run on this machine: half as much again as measured, on a statue of 600,000 triangles (43 MB).

It read with 208 MB, baked 2048² with 1,050 MB and was seen with 250 MB; other stages took four times their input.
"""


def estimate_bytes(step: Task[Any]) -> int:
    """Return the bytes a step may take beyond what the process holds: as it did before, else by what it is given."""
    known = step.cache.timings.memory_bytes(step.label, step.size_bytes)
    if known is not None:
        return max(round(known * MARGIN), 1)
    usual = ESTIMATES.get(step.stage, USUAL)
    return usual.fixed_bytes + round(usual.factor * step.input_bytes)
