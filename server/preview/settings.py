"""Settings of the preview server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Settings:
    """Settings of an app.

    models : an output folder of `carreau model`, or a folder of such folders
    modules : the viewer's npm packages, installed by `make setup`
    """

    models: Path
    modules: Path = _HERE.parent / "viewer" / "node_modules"
