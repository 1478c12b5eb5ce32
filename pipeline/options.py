"""Say what a person asked of `carreau model`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import OptionError
from pipeline.levels import LEVELS

UNITS: dict[str, float] = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
"""Metres in one unit; a foot is the international one (1959 agreement)."""

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
AUTO = "auto"


@dataclass(frozen=True)
class ModelOptions:
    """How one scan becomes models.

    out : folder the models are written to
    name : what the models are called; the scan's own name when empty
    unit : key of `UNITS`, or "auto" to believe the file, else guess
    up : one of `UP_AXES`, or "auto" to believe the file, else guess
    levels : keys of `pipeline.levels.LEVELS`, in the order they are made
    jobs : how many steps may run at once, 1 or more; never changes a byte of the result
    source, licence, credit : written into every model, empty when unknown
    """

    out: Path
    name: str = ""
    unit: str = AUTO
    up: str = AUTO
    levels: tuple[str, ...] = tuple(LEVELS)
    jobs: int = 1
    source: str = ""
    licence: str = ""
    credit: str = ""

    def __post_init__(self) -> None:
        """Refuse what makes no sense, naming the option and its choices."""
        _one_of("unit", self.unit, (AUTO, *UNITS))
        _one_of("up", self.up, (AUTO, *UP_AXES))
        for level in self.levels:
            _one_of("levels", level, tuple(LEVELS))
        if not self.levels:
            raise OptionError(f"--levels: none given; choose among {', '.join(LEVELS)}")
        if self.jobs < 1:
            raise OptionError(f"--jobs: {self.jobs} is less than one; give how many steps may run at once")


def _one_of(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionError(f"--{option}: {value!r} is unknown; choose among {', '.join(choices)}")
