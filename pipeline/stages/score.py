"""Quick scores of a level before it is encoded, to choose among several."""

from __future__ import annotations

from pipeline.model import LevelMesh, Mesh, Skin
from pipeline.render.scoring import create_scorer, scan_views
from pipeline.render.views import Views


def render_reference(scan: Mesh) -> Views:
    """Look at the scan once, for all that will be judged against it."""
    return scan_views(scan)


def score_level(scan: Mesh, seen: Views, level: LevelMesh, skin: Skin | None) -> float:
    """Return the peak signal-to-noise ratio in dB over the judging views; skin None for vertex colours."""
    return create_scorer(level, scan, seen).psnr_db(None if skin is None else skin.base)
