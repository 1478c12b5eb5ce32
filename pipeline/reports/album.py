"""The pictures of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.stages.pictures import LevelPictures, ScanPictures


@dataclass(frozen=True)
class Album:
    """The pictures of a report.

    scan : of the scan
    levels : of each level by name
    """

    scan: ScanPictures
    levels: dict[str, LevelPictures]
