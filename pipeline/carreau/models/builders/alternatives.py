"""Whether a second encoding of a level has a use: only where the first takes more graphics memory than it may.

Most models are small enough, and then devices with little memory and scenes of several models take the first one too:
the second would cost 6 to 15 CPU seconds, and bytes on the server, for nothing.
"""

from __future__ import annotations

from carreau.base.levels import Level
from carreau.base.options import ModelOptions
from carreau.models.builders.level_context import LevelContext, TooLarge
from carreau.models.builders.level_maps import bake_maps
from carreau.models.builders.scan_context import ScanContext
from carreau.models.builders.texture_budget import gpu_bytes
from carreau.models.builders.texture_strategy import choose
from carreau.runs.cache.cache import Cache


def is_superfluous(level: Level, other: Level, scan: ScanContext, options: ModelOptions, cache: Cache) -> bool:
    """Return whether the other encoding of a level takes no more graphics memory than this one may.

    The steps are those of the other one, so they run once for both.
    """
    context = LevelContext(other, scan, options, cache)
    triangles = min(context.level.triangles, len(scan.cleaned.value().mesh.faces))
    try:
        chosen = choose(context, triangles, 1.0)
        if chosen.skin is None:
            return True
        edge = chosen.skin.value().base.shape[1]
        maps = bake_maps(context, chosen, edge, is_ktx2=False)
    except TooLarge:
        return False
    edges = (edge, *(each.values.value().shape[1] for each in maps))
    return sum(gpu_bytes(px, px, is_block_compressed=False) for px in edges) <= level.gpu_bytes
