"""Say what a person asked of `carreau model`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import OptionError
from pipeline.levels import DEFAULT_NAMES, NAMES
from pipeline.messages import message
from pipeline.units import UNITS_M

UNITS = UNITS_M
"""Units of coordinates, by their names."""

LANGUAGES = ("fr", "en")
"""Of the build report, the first unless somebody asks otherwise."""

KINDS = ("scan", "authored")
"""What a model may be taken as: cleaned, unwrapped and baked anew, or kept as its author made it."""

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
AUTO = "auto"


@dataclass(frozen=True)
class ModelOptions:
    """How one scan becomes models.

    out : folder the models are written to
    name : what the models are called; the scan's own name when empty
    unit : key of `UNITS`, or "auto" to believe the file, else guess
    up : one of `UP_AXES`, or "auto" to believe the file, else guess
    levels : some of `pipeline.levels.NAMES`, in the order they are reported
    jobs : how many steps may run at once, 1 or more; never changes a byte of the result
    source, licence, credit : written into every model, empty when unknown
    language : of `report.html`, one of `LANGUAGES`; the others stand beside it
    epsg : coordinate system of the scan, "2154", "2154+5720" or WKT; empty to believe scan.toml, sidecars and the file
    offset : what is added to the scan's coordinates to find the place in that system
    height : real height of the scan in metres, above 0
    crop : x, y, z of the least corner of what is kept, then of the greatest, in the scan's coordinates
    taken_as : one of `KINDS`, or "auto": authored when it is a glTF that moves
    packet : what the models say of themselves for programs that read XMP, as JSON; empty for what the above say
    ground : () to find the ground plane; x, y, z of a point on a level one; with a normal; or of three points
    """

    out: Path
    name: str = ""
    unit: str = AUTO
    up: str = AUTO
    levels: tuple[str, ...] = DEFAULT_NAMES
    jobs: int = 1
    source: str = ""
    licence: str = ""
    credit: str = ""
    language: str = LANGUAGES[0]
    epsg: str = ""
    offset: tuple[float, float, float] | None = None
    height: float | None = None
    crop: tuple[float, float, float, float, float, float] | None = None
    ground: tuple[float, ...] | None = None
    taken_as: str = AUTO
    packet: str = ""

    def __post_init__(self) -> None:
        """Refuse what makes no sense, naming the option and its choices."""
        _one_of("unit", self.unit, (AUTO, *UNITS))
        _one_of("up", self.up, (AUTO, *UP_AXES))
        _one_of("as", self.taken_as, (AUTO, *KINDS))
        for level in self.levels:
            _one_of("levels", level, NAMES)
        _one_of("lang", self.language, LANGUAGES)
        if not self.levels:
            raise OptionError(message("--levels: none given; use some of: %(choices)s", choices=NAMES))
        check_jobs(self.jobs)


def _one_of(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise unknown_choice(f"--{option}", value, choices)


def unknown_choice(option: str, value: str, choices: tuple[str, ...]) -> OptionError:
    """Return the error of an option whose value is none of its choices."""
    return OptionError(
        message(
            "%(option)s: '%(value)s' is unknown; use one of: %(choices)s", option=option, value=value, choices=choices
        )
    )


def check_jobs(jobs: int) -> None:
    """Raise OptionError for a number of parallel steps below 1."""
    if jobs < 1:
        raise OptionError(
            message("--jobs: %(number)s is less than 1; give the number of steps to run in parallel", number=jobs)
        )
