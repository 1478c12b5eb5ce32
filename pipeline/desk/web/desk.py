"""What the pages of the desk work on: the catalogue, its history, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.desk.history import Editor, History
from pipeline.desk.place_check import CatalogueAround
from pipeline.desk.summaries import Summaries
from pipeline.desk.web.sessions import Sessions

MODELS = Path("build/models")
"""Where `carreau build` writes the models."""


@dataclass(frozen=True)
class Desk:
    """A desk over the catalogue of a folder.

    port : it listens on
    editor : who saves
    language : code, of a browser that is not signed in, and of a new session
    models : folder of the built models, with SITE/STATE/
    """

    root: Path
    locales: Path
    port: int
    history: History
    editor: Editor
    summaries: Summaries
    around: CatalogueAround
    sessions: Sessions
    language: str
    models: Path = MODELS

    @property
    def address(self) -> str:
        """Return the address of its first page."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def cookie(self) -> str:
        """Return the name of its cookie; browsers send cookies to all ports of a machine."""
        return f"carreau-desk-{self.port}"
