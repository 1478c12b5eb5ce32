"""Quick scores of a level before it is encoded, to choose among several."""

from __future__ import annotations

from carreau.base.model import LevelMesh, Mesh, Skin
from carreau.geometry.render.scoring import ReferenceViews, create_scorer, scan_views


def render_reference(scan: Mesh) -> ReferenceViews:
    """Look at the scan once, for all that will be judged against it."""
    return scan_views(scan)


def score_level(seen: ReferenceViews, level: LevelMesh, skin: Skin | None) -> float:
    """Return the peak signal-to-noise ratio in dB over the judging views; skin None for vertex colours."""
    return create_scorer(level, seen).psnr_db(None if skin is None else skin.base)
