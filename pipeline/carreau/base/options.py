"""Options of a model build, and units of length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import OptionError
from carreau.base.levels import DEFAULT_NAMES, NAMES
from carreau.base.messages import message

UNITS_M: dict[str, float] = {
    "m": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "mm": 0.001,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
}
"""Length of each unit in metres; inch and foot are the international ones of 1959."""

UNITS = UNITS_M
"""Units of coordinates, by their names."""

REPORT_LANGUAGES = ("fr", "en")
"""Languages of the build report, the default first."""

HISTORIC = "historic"
KINDS = ("scan", "authored", HISTORIC)
"""How a glTF is read: as a scan, which is cleaned, unwrapped and baked again, or as an authored model; and of a survey
from the air, its old photograph on the ground of today."""

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
AUTO = "auto"


@dataclass(frozen=True)
class ModelOptions:
    """Options of the build of one scan.

    out : folder of the models
    name : of the model; that of the scan if empty
    unit : key of `UNITS`, or "auto" for that of the file, else an estimate
    up : one of `UP_AXES`, or "auto" for that of the file, else an estimate
    levels : some of `carreau.base.levels.NAMES`, in the order of the report
    jobs : steps that may run in parallel, 1 or more; never changes a byte of the result
    source, licence, credit : written into every model, empty when unknown
    language : of `report.html`, one of `REPORT_LANGUAGES`; there is a page for each of the others, too
    epsg : coordinate system of the scan, "2154", "2154+5720" or WKT; empty for that of its files
    offset : from the scan's coordinates to that system
    height : real height of the scan in metres, above 0
    crop : box to keep, smallest x, y, z, then largest, in the scan's coordinates
    taken_as : one of `KINDS`, or "auto": authored for an animated glTF, and a survey as it is today
    allow_loss : whether a scan is built that loses more than a fifth of its surface in reading and cleaning
    as_one : whether all meshes in a folder are one scan, whatever they are called
    packet : XMP packet of the models, as JSON; made of the fields above if empty
    variant : of the materials of a glTF; the default ones if empty
    side : of the poster, azimuth and elevation in degrees; None for the one that shows most
    ground : () to detect the ground plane; x, y, z of a point of level ground; of a point and a normal; or of 3 points
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
    language: str = REPORT_LANGUAGES[0]
    epsg: str = ""
    offset: tuple[float, float, float] | None = None
    height: float | None = None
    crop: tuple[float, float, float, float, float, float] | None = None
    ground: tuple[float, ...] | None = None
    taken_as: str = AUTO
    allow_loss: bool = False
    as_one: bool = False
    packet: str = ""
    variant: str = ""
    side: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check the values; raises OptionError."""
        _check_choice("unit", self.unit, (AUTO, *UNITS))
        _check_choice("up", self.up, (AUTO, *UP_AXES))
        _check_choice("as", self.taken_as, (AUTO, *KINDS))
        for level in self.levels:
            _check_choice("levels", level, NAMES)
        _check_choice("lang", self.language, REPORT_LANGUAGES)
        if not self.levels:
            raise OptionError(message("--levels: none given; use some of: %(choices)s", choices=NAMES))
        check_jobs(self.jobs)


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
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
