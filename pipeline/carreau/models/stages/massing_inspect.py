"""Inspection of a file of measured facts: its place, its parts with their size, evidence and sources."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.air.massing.part_solids import part_solids
from carreau.air.massing.shell import Solid
from carreau.air.massing_files.massing_file import HYPOTHETICAL, RANGE_ENDING, massing_stem
from carreau.air.massing_files.read_massing import read_massing
from carreau.base.messages import Message, Number, joined, message, plural_message


@dataclass(frozen=True)
class PartInspection:
    """A node of the model.

    size_m : along x, y and z
    ranges : of what measures leave open, their keys with the least and the most
    """

    name: str
    shape: str
    evidence: str
    sources: tuple[str, ...]
    size_m: tuple[float, float, float]
    volume_m3: float
    triangles: int
    ranges: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True)
class MassingInspection:
    """What a file of measured facts holds.

    turn_deg : of its y axis from true north, clockwise
    sources : texts by key
    """

    name: str
    lon: float
    lat: float
    turn_deg: float
    parts: tuple[PartInspection, ...]
    sources: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the same as messages, a fact a line."""
        place = message(
            "%(lat)s, %(lon)s, turned by %(turn)s°",
            lat=Number(self.lat, ".5f"), lon=Number(self.lon, ".5f"), turn=Number(self.turn_deg, "g"),
        )  # fmt: skip
        triangles = sum(part.triangles for part in self.parts)
        count = plural_message("%(count)s triangle", "%(count)s triangles", triangles)
        facts = [(message("massing model"), message("measured facts")), (message("place"), place)]
        lines: list[str] = [self.name]
        lines += [message("  %(label)s: %(value)s", label=label, value=value) for label, value in facts]
        lines += [message("  %(label)s: %(value)s", label=message("model"), value=count), "", message("Parts")]
        lines += [message("  %(label)s: %(value)s", label=part.name, value=_told(part)) for part in self.parts]
        lines += ["", message("Sources")]
        lines += [message("  %(label)s: %(value)s", label=key, value=text) for key, text in self.sources.items()]
        return lines


def inspect_massing(path: Path) -> MassingInspection:
    """Return what a file of measured facts holds; raises FormatError for anything that cannot be built."""
    massing = read_massing(path)
    parts = []
    for part in massing.parts:
        solids = part_solids(part, path)
        own = (part.shape, part.evidence, part.sources)
        if solids.least is not None:
            parts.append(PartInspection(part.name, *own, *_sized(solids.least)))
        if solids.open is not None:
            ranges = tuple((key, each.low, each.high) for key, each in part.ranges)
            name = part.name + RANGE_ENDING
            parts.append(PartInspection(name, part.shape, HYPOTHETICAL, part.sources, *_sized(solids.open), ranges))
    place = massing.place
    name = massing.title or massing_stem(path)
    return MassingInspection(name, place.lon, place.lat, place.turn_deg, tuple(parts), dict(massing.sources))


def _sized(solid: Solid) -> tuple[tuple[float, float, float], float, int]:
    x, y, z = (round(float(side), 6) for side in np.ptp(solid.positions, axis=0))
    return (x, y, z), round(solid.volume, 6), len(solid.faces)


def _told(part: PartInspection) -> Message:
    x, y, z = (Number(side, ",.5g") for side in part.size_m)
    told = [
        message("%(text)s", text=part.shape),
        message("%(x)s × %(y)s × %(z)s m", x=x, y=y, z=z),
        message("%(text)s", text=part.evidence),
    ]
    told += [
        message("%(measure)s between %(low)s and %(high)s", measure=key, low=Number(low, ",g"), high=Number(high, ",g"))
        for key, low, high in part.ranges
    ]
    told += [message("%(text)s", text=f"[{', '.join(part.sources)}]")] if part.sources else []
    return joined(told, ", ")
