"""Walk along the rims of a surface."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.topology import Edges
from pipeline.jit import compiled
from pipeline.model import IntArray


def boundary_loops(faces: IntArray, edges: Edges) -> tuple[IntArray, ...]:
    """Return the rims of the holes as vertices in walking order, longest rim first; a rim that forks is cut there."""
    half_edges = edges.half_edges[edges.starts[:-1][edges.boundary]]
    if not len(half_edges):
        return ()
    tails = faces.reshape(-1)[half_edges]
    heads = faces[half_edges // 3, (half_edges % 3 + 1) % 3]
    order = np.argsort(tails, kind="stable")
    walk, starts = _walk(tails[order], heads[order])
    loops = np.split(walk, starts[1:])
    return tuple(sorted(loops, key=len, reverse=True))


@compiled
def _walk(tails: IntArray, heads: IntArray) -> tuple[IntArray, IntArray]:
    """Follow half-edges sorted by tail; each is walked once."""
    used = np.zeros(len(tails), np.bool_)
    walk = np.empty(len(tails), np.int32)
    starts = np.empty(len(tails), np.int32)
    count = 0
    loops = 0
    for i in range(len(tails)):
        if used[i]:
            continue
        starts[loops] = count
        loops += 1
        at = i
        while at < len(tails) and not used[at]:
            used[at] = True
            walk[count] = tails[at]
            count += 1
            head = heads[at]
            if head == tails[i]:
                break
            at = np.searchsorted(tails, head)
            while at < len(tails) and tails[at] == head and used[at]:
                at += 1
            if at < len(tails) and tails[at] != head:
                break
    return walk, starts[:loops].copy()
