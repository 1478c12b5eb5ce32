"""The folder of a build: first the files of its levels, as soon as they stand, then its report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from carreau.base.levels import AR, ARCHIVE, LEVELS
from carreau.base.options import LANGUAGES
from carreau.models.builders.archive_package import MODEL, PACKAGE, write_package
from carreau.models.reports.report import Report
from carreau.runs.cache.atomic_output import alone_with, staged_output

REPORT = "report.json"
"""The mark of a finished build: a folder without it counts as not built."""


class ModelFolder:
    """Writes a build in two steps, each as a whole; other builds are kept out from the first one to the end.

    is_handed_over : whether the levels are in the folder
    """

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path, self.is_handed_over = path, False
        self._until_closed = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let other builds in."""
        self._until_closed.close()

    def write_levels(self, files: Mapping[str, bytes]) -> None:
        """Replace the files of an earlier build, and remove its report, which tells nothing of the new ones."""
        self._until_closed.enter_context(alone_with(self.path))
        with staged_output(self.path, replaces=_all_names()) as folder:
            _write(folder, files)
        self.is_handed_over = True

    def write_report(self, report: Report, pages: Mapping[str, bytes], scan: Path) -> None:
        """Add the report, its pages, and the package of an archive level.

        scan : of the build, for the package
        """
        with staged_output(self.path, last=REPORT) as folder:
            _write(folder, pages)
            if ARCHIVE in report.data:
                write_package(folder / PACKAGE, self.path / MODEL, scan, report.data)
            (folder / REPORT).write_text(report.to_text(), encoding="utf-8")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _all_names() -> tuple[str, ...]:
    """Return the names of all files that a build may have written, the mark of a finished one first."""
    levels = (f"{name}{ending}" for name in LEVELS for ending in (".glb", ".glb.br"))
    augmented = (f"{AR.name}{file.suffix}" for file in AR.files)
    pages = ("report.html", *(f"report.{language}.html" for language in LANGUAGES))
    return (REPORT, *pages, *levels, *augmented, MODEL, PACKAGE)
