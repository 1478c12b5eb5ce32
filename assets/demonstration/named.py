"""Make a sample by the name that the catalogue calls it: `file = "sample:headframe-simulated"`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from carreau.base.errors import OptionError
from carreau.base.messages import message

Progress = Callable[[str, float], None]


def _scan(folder: Path, progress: Progress) -> Path:
    from assets.demonstration.sample import make_sample

    return make_sample(folder, progress)


def _earlier(folder: Path, progress: Progress) -> Path:
    from assets.demonstration.earlier import make_earlier

    return make_earlier(folder, progress)


def _winding(folder: Path, progress: Progress) -> Path:
    from assets.demonstration.sounds import make_winding_sound

    progress("Winding", 0.0)
    return make_winding_sound(folder)


MAKERS: dict[str, Callable[[Path, Progress], Path]] = {
    "headframe-1930-simulated": _earlier,
    "headframe-simulated": _scan,
    "winding-engine-simulated": _winding,
}
"""By the same names as `carreau.catalogue.site` has, which knows them without making anything."""


def make_named(name: str, folder: Path, progress: Progress = lambda _message, _share: None) -> Path:
    """Return the file of a sample, made in a folder of its own below `folder` where it is not there.

    progress : called with what is being done and the share done, 0..1
    Raises OptionError for a name that no sample has.
    """
    if name not in MAKERS:
        raise OptionError(
            message("unknown sample '%(name)s'; choose one of %(names)s", name=name, names=tuple(sorted(MAKERS)))
        )
    return MAKERS[name](folder / name, progress)
