"""What a person knows of a scan and its file does not tell, in the `scan.toml` beside it: which side is up, its unit.

It goes with the scan, so that each build reads it, whoever begins it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from carreau.base.atomic_write import write_whole
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.options import UP_AXES
from carreau.base.units import UNITS_M
from carreau.formats.location.scan_toml import notes_file, own_notes

CHOICES: Mapping[str, tuple[str, ...]] = {"up": UP_AXES, "unit": tuple(UNITS_M)}
"""What each key may be."""


def noted(scan: Path, is_authored: bool = False) -> dict[str, str]:
    """Return what is noted of a scan by the keys of `CHOICES`, empty for what is not.

    is_authored : whether it is an authored model, which only notes of its own are about
    """
    path = _notes(scan, is_authored)
    try:
        found = tomllib.loads(path.read_text("utf-8-sig")) if path else {}
    except (OSError, ValueError):
        found = {}
    return {key: value if (value := found.get(key)) in choices else "" for key, choices in CHOICES.items()}


def note(scan: Path, chosen: Mapping[str, str], is_authored: bool = False) -> None:
    """Write what was chosen of a scan, and leave the rest of its notes as it is.

    chosen : by the keys of `CHOICES`; empty for what is not known
    Raises OptionError for another word, and for notes that are not valid TOML.
    """
    if any(chosen.get(key, "") not in ("", *choices) for key, choices in CHOICES.items()):
        raise OptionError(message("there is no such scan any more"))
    path, own = _notes(scan, is_authored), own_notes(scan)
    try:
        document = tomlkit.parse(path.read_text("utf-8-sig") if path else "")
    except (OSError, ValueError, TOMLKitError) as error:
        name = path.name if path else own.name
        cure = message("correct it, and send the scan again")
        raise OptionError(message("%(file)s: %(cause)s; %(cure)s", file=name, cause=str(error), cure=cure)) from error
    for key in CHOICES:
        if chosen.get(key):
            document[key] = chosen[key]
        else:
            document.pop(key, None)
    if path or any(chosen.values()):
        write_whole(path or own, tomlkit.dumps(document).encode())


def _notes(scan: Path, is_authored: bool) -> Path | None:
    own = own_notes(scan)
    return notes_file(scan) if not is_authored else own if own.is_file() else None
