"""The pictures of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carreau.models.stages.pictures import LevelPictures, ScanPictures, UpPicture


@dataclass(frozen=True)
class Album:
    """The pictures of a report.

    scan : of the scan
    levels : of each level by name
    ups : of the directions that may be up, empty when that is sure
    """

    scan: ScanPictures
    levels: dict[str, LevelPictures]
    ups: tuple[UpPicture, ...] = ()
