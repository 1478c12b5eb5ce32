"""PreviewSettings of the preview server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PreviewSettings:
    """PreviewSettings of an app.

    models : an output folder of `carreau model`, or a folder of such folders
    static : the viewer's libraries, built by `make setup`
    """

    models: Path
    static: Path = Path(__file__).parents[1] / "static"
