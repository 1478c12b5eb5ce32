"""Say where the server finds what it hands out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What an app is made for.

    models : an output folder of `carreau model`, or a folder of such folders
    static : the viewer's libraries, built by `make setup`
    """

    models: Path
    static: Path = Path(__file__).parents[1] / "static"
