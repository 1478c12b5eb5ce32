"""Say how like the scan a level looks before it is encoded, to choose among several."""

from __future__ import annotations

from pipeline.model import LevelMesh, Mesh, Skin
from pipeline.optics.judging import judge_of, scan_views
from pipeline.optics.views import Views


def see(scan: Mesh) -> Views:
    """Look at the scan once, for all that will be judged against it."""
    return scan_views(scan)


def judge(scan: Mesh, seen: Views, level: LevelMesh, skin: Skin | None) -> float:
    """Return the peak signal-to-noise ratio in dB over the judging views; skin None for vertex colours."""
    return judge_of(level, scan, seen).psnr_db(None if skin is None else skin.base)
