"""UVs of a level: charts cut, flattened and packed into one atlas, or the scan's own atlas or colours kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import AlphaMode, DoubleArray, FloatArray, IntArray, LevelMesh, Mesh, Texture, TextureSlot
from carreau.base.process import in_threads
from carreau.geometry.decimation import decimate
from carreau.geometry.render.opacity import has_holes, level_mode
from carreau.geometry.render.raycasting import build_scene, fit_positions
from carreau.geometry.render.reflectance import MATT, Reflectance, measure_reflectance
from carreau.geometry.topology import find_edges, same_rows
from carreau.geometry.triangles import face_areas, vertex_normals
from carreau.geometry.uv.layout import cover_counts, covered_share, examine_layout
from carreau.geometry.uv.packing import AtlasPackOptions, pack, upright
from carreau.geometry.uv.parameterize import Patches, overlap_shares, project, relax
from carreau.geometry.uv.segmentation import SegmentOptions, face_pairs, find_bars, lay_bars, merges

OVERLAP = 0.002
"""Share of a chart that may lie on another part of it; 0.008 is half the charts, and 0.2 dB less of a statue."""

CALMER, ROUNDS = 1.3, 14
"""How much less a chart that lies over itself bends when it is cut again, and how often. Halving at once made a statue
of 10,000 triangles 448 charts, not 309."""

NEAR = 1.0
"""Texels between two places that may share one."""

USED = 0.7
"""Share of an atlas that charts are taken to cover before they are packed."""

SHARES = 4
SHARE_FACES = 2000


@dataclass(frozen=True)
class UnwrapOptions:
    """How an atlas is cut.

    texture_px : edge of the atlas in texels
    gutter_px : texels between two charts
    bend : most share of a chart's area that laying it flat may lose, 0 to 1
    bar_px : most texels across of what is laid flat with its front upon its back, 0 (nothing is) to 4
    """

    texture_px: int
    gutter_px: int = 2
    bend: float = 0.4
    bar_px: float = 3.0


@dataclass(frozen=True, eq=False)
class Atlas:
    """Where a mesh's faces lie on their atlas.

    sources : (n,) int32, the mesh vertex of each atlas vertex
    faces : (m, 3) int32, in the order of the mesh's faces, indices into sources
    texcoords : (n, 2) float32 in 0..1, v downwards
    chart_count : pieces
    """

    sources: IntArray
    faces: IntArray
    texcoords: FloatArray
    chart_count: int


def unwrap(positions: FloatArray, faces: IntArray, options: UnwrapOptions) -> Atlas:
    """Cut the surface into charts that lie flat, and pack them on one square.

    Only what is nearer together than a texel or two can tell shares texels: the sides of a thin bar, a tiny fold.

    Faces without area lie somewhere on the atlas, and have none there either. A surface without faces has an empty one.

    Raises BudgetError when there are more charts than the atlas has texels to part them.
    """
    if not len(faces):
        return Atlas(np.zeros(0, np.int32), np.zeros((0, 3), np.int32), np.zeros((0, 2), np.float32), 0)
    # The surface has an area of 1, and covers `USED` of the square: the edge of a texel on it, about.
    texel = np.sqrt(1 / USED) / options.texture_px
    patches = flat_charts(_of_unit_area(positions, faces), faces, options.bend, texel, options.bar_px)
    cell_px = max(1, options.texture_px // 512)
    placed = pack(
        upright(patches.uvs, patches.charts),
        patches.faces,
        patches.charts,
        AtlasPackOptions(options.texture_px, options.gutter_px, cell_px),
    )
    return Atlas(patches.sources, patches.faces, placed.astype(np.float32), int(patches.charts.max()) + 1)


def _of_unit_area(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return positions about 0, scaled so that all faces together have an area of 1: no limit depends on units."""
    corners = positions[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(normals, axis=1).sum()) / 2
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    extent = float((high - low).max())
    # Faces that are all but lines are measured by their length.
    size = max(np.sqrt(area), extent * 1e-3)
    return np.asarray((positions - (low + high) / 2) / (size or 1.0), np.float32)


def flat_charts(positions: FloatArray, faces: IntArray, bend: float, texel: float, bar_px: float = 0.0) -> Patches:
    """Lay the surface flat; charts that come to lie over themselves are cut again, less bent, until none does.

    positions : (n, 3) float32, in a unit in which the whole surface has an area of about 1
    texel : its edge in that unit; overlaps are looked for on cells as large
    """
    pairs = face_pairs(faces, len(positions))
    # Thin bars come first: flattened as charts, their four sides would be many strips of a texel or two.
    charts = find_bars(positions, faces, pairs, bar_px * texel)
    on_bars, rest = (np.flatnonzero(chosen).astype(np.int32) for chosen in (charts >= 0, charts < 0))
    done, count = [], int(charts.max(initial=-1)) + 1
    if count:
        done.append((lay_bars(positions, faces[on_bars], charts[on_bars]), on_bars))
        pairs = pairs[(charts[pairs] < 0).all(axis=1)]
    merged = merges(positions, faces, pairs, SegmentOptions(bend=bend))
    for turn in range(ROUNDS):
        if not len(rest):
            break
        # Each round cuts what overlapped again, less bent, and keeps the charts that lie flat now.
        part = merged.cut_again(rest, SegmentOptions(bend=bend / CALMER**turn))
        bad = np.zeros(int(part.max()) + 1, np.bool_)
        # The last round takes what it gets.
        most = OVERLAP if turn < ROUNDS - 1 else np.inf
        flatten = _flattener(positions, faces[rest], part, texel)
        for patches, chosen, numbers, shares in in_threads(flatten, _shares(part)):
            bad[numbers] = shares > most
            done.append((patches, rest[chosen]))
        keep = ~bad[part]
        number = np.cumsum(~bad) - 1 + count
        charts[rest[keep]] = number[part[keep]]
        count += int((~bad).sum())
        rest = rest[~keep]
    return _join(done, faces, charts)


_Share = tuple[Patches, IntArray, slice, DoubleArray]


def _flattener(positions: FloatArray, faces: IntArray, part: IntArray, texel: float) -> Callable[[slice], _Share]:
    """Return what lays a range of charts flat: patches, the faces they are of, the range, and each chart's overlap."""

    def flatten(numbers: slice) -> _Share:
        chosen = np.flatnonzero((part >= numbers.start) & (part < numbers.stop)).astype(np.int32)
        patches = relax(positions, project(positions, faces[chosen], part[chosen] - np.int32(numbers.start)))
        return patches, chosen, numbers, overlap_shares(patches, texel, positions, NEAR * texel)

    return flatten


def _shares(part: IntArray) -> list[slice]:
    """Return ranges of charts with about as many faces each, the same for any number of threads."""
    ends = np.cumsum(np.bincount(part))
    count = int(np.clip(len(part) // SHARE_FACES, 1, SHARES))
    cuts = np.searchsorted(ends, np.arange(1, count) * (len(part) / count)) + 1
    edges = np.unique(np.concatenate([[0], np.minimum(cuts, len(ends)), [len(ends)]])).tolist()
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _join(done: list[tuple[Patches, IntArray]], faces: IntArray, charts: IntArray) -> Patches:
    """Gather the charts of every round; for each face the last round counts."""
    # Charts that were cut again are overwritten face by face; vertices that no face uses any more are dropped.
    sources, uvs, corners, offset = [], [], np.zeros_like(faces), 0
    for patches, rest in done:
        corners[rest] = patches.faces + offset
        sources.append(patches.sources)
        uvs.append(patches.uvs)
        offset += len(patches.sources)
    used, inverse = np.unique(corners.ravel(), return_inverse=True)
    new_faces = inverse.reshape(-1, 3).astype(np.int32)
    vertex_charts = np.zeros(len(used), np.int32)
    vertex_charts[new_faces.ravel()] = np.repeat(charts, 3)
    all_uvs: DoubleArray = np.concatenate(uvs)[used]
    return Patches(np.concatenate(sources)[used], new_faces, vertex_charts, all_uvs)


def unwrap_level(positions: FloatArray, faces: IntArray, options: UnwrapOptions) -> LevelMesh:
    """Return the surface as a level with an atlas of its own, smooth across its seams."""
    atlas = unwrap(positions, faces, options)
    normals = vertex_normals(positions, faces)
    return LevelMesh(positions[atlas.sources], normals[atlas.sources], atlas.faces, atlas.texcoords)


MOST_OVERLAP = 0.005
LEAST_SHARE = 0.2
"""Below a fifth of the triangles, seams lock the simplifier: a statue of 598,000 stuck at 29,000 and lost 3 dB."""

PARKING_CELLS = 256


@dataclass(frozen=True)
class ReuseUvsOptions:
    """What the level may use.

    triangles : most triangles
    """

    triangles: int


@dataclass(frozen=True, eq=False)
class ReusedUvs:
    """A level in the scan's own looks, or why there is none.

    level : with the scan's texture coordinates, or its vertex colours
    is_whole : True where no triangle was taken away
    texture_px : edge of the scan's own texture, 0 without one
    reason : one message for the report
    """

    level: LevelMesh | None
    is_whole: bool
    texture_px: int
    reason: Message


def reuse_uvs(mesh: Mesh, options: ReuseUvsOptions) -> ReusedUvs:
    """Return the level that keeps the scan's layout, where it has one clean enough and triangles enough are left."""
    is_whole = len(mesh.faces) <= options.triangles
    slots = _slots(mesh)
    if not slots:
        return _kept_colors(mesh, is_whole)
    reason = _why_not(mesh, slots, options)
    if reason:
        return ReusedUvs(None, is_whole, 0, reason)
    texcoords = _park(mesh, slots[0])
    if texcoords is None:
        return ReusedUvs(
            None, is_whole, 0, message("the scan's atlas has no free space for its faces without UV coordinates")
        )
    level = _split(mesh.positions, mesh.faces, texcoords)
    level = level if is_whole else _reduce(mesh, level, options.triangles)
    if len(level.faces) > options.triangles:
        reason = message(
            "UV seams stop simplification at %(triangles)s triangles, over the limit of %(limit)s",
            triangles=len(level.faces),
            limit=options.triangles,
        )
        return ReusedUvs(None, is_whole, 0, reason)
    level = _paint(level)
    texture = slots[0].texture
    reason = message("the scan has a single, clean and complete atlas")
    return ReusedUvs(level, is_whole, max(texture.width, texture.height), reason)


def _kept_colors(mesh: Mesh, is_whole: bool) -> ReusedUvs:
    if has_holes(mesh):
        return ReusedUvs(None, is_whole, 0, message("vertex colours have no holes; a texture has"))
    if mesh.colors is None:
        return ReusedUvs(None, is_whole, 0, message("the scan has neither a texture nor vertex colours"))
    if not is_whole:
        return ReusedUvs(None, is_whole, 0, message("simplification loses vertex colours; a texture keeps them"))
    level = LevelMesh(mesh.positions, vertex_normals(mesh.positions, mesh.faces), mesh.faces, None, _find_tint(mesh))
    if level.colors is None:
        return ReusedUvs(None, is_whole, 0, message("vertex colours are multiplied by several material colours"))
    return ReusedUvs(level, is_whole, 0, message("every vertex keeps its own colour"))


def _find_tint(mesh: Mesh) -> np.ndarray | None:
    used = {mesh.materials[index].base_color for index in np.unique(mesh.face_materials)}
    return mesh.colors if used == {(1.0, 1.0, 1.0)} else None


def _slots(mesh: Mesh) -> list[TextureSlot]:
    """Return the slot that each used material lays its picture out with."""
    used = [mesh.materials[index] for index in np.unique(mesh.face_materials)]
    first = [material.first_slot for material in used]
    return [slot for slot in first if slot is not None]


def _why_not(mesh: Mesh, slots: list[TextureSlot], options: ReuseUvsOptions) -> Message | None:
    """Return why the scan's UV layout cannot be kept, or None."""
    first = slots[0]
    if any(slot.texture is not first.texture or slot.texcoord_set != first.texcoord_set for slot in slots):
        return message("the scan has several textures")
    if mesh.colors is not None:
        return message("the scan combines textures and vertex colours")
    if len(mesh.faces) > options.triangles and options.triangles < LEAST_SHARE * len(mesh.faces):
        return message(
            "UV seams would block simplification to less than %(share)s of the triangles",
            share=Number(LEAST_SHARE, ".0%"),
        )
    if first.texture.width != first.texture.height:
        return message(
            "the scan's texture is not square (%(width)s × %(height)s)",
            width=Number(first.texture.width, "d"),
            height=Number(first.texture.height, "d"),
        )
    layout = examine_layout(mesh)
    if layout.outside:
        return plural_message(
            "%(count)s face lies outside the scan's texture, which repeats",
            "%(count)s faces lie outside the scan's texture, which repeats",
            layout.outside,
        )
    if layout.overlap > MOST_OVERLAP:
        return message(
            "charts of the scan's atlas overlap (%(share)s of its texels)", share=Number(layout.overlap, ".1%")
        )
    return _why_not_bare(mesh)


def _why_not_bare(mesh: Mesh) -> Message | None:
    """Return why the faces outside the atlas cannot join it: they must all have one colour."""
    bare = [mesh.materials[index] for index in np.unique(mesh.face_materials)]
    colors = {material.base_color for material in bare if material.base is None}
    slotted = [material for material in bare if material.first_slot]
    if len(colors) > 1 and len(slotted) < len(bare):
        return message("parts without a texture have several colours")
    return None


def _park(mesh: Mesh, slot: TextureSlot) -> FloatArray | None:
    """Return texture coordinates (m, 3, 2) with the faces that have none on one point in a free place."""
    texcoords = mesh.texcoords[slot.texcoord_set].copy()
    laid = np.array([m.first_slot is not None for m in mesh.materials])[mesh.face_materials]
    bare = np.isnan(texcoords).any(axis=(1, 2)) | ~laid
    if not bare.any():
        return np.clip(texcoords, 0, 1)
    fine = cover_counts(np.clip(texcoords[~bare], 0, 1), 4 * PARKING_CELLS)
    # A free place is a cell whose eight neighbours are free too, on a raster four times as fine.
    free = fine.reshape(PARKING_CELLS, 4, PARKING_CELLS, 4).max(axis=(1, 3)) == 0
    core = free[:-2, :-2].copy()
    for row in range(3):
        for column in range(3):
            core &= free[row : row + PARKING_CELLS - 2, column : column + PARKING_CELLS - 2]
    places = np.argwhere(core)
    if not len(places):
        return None
    texcoords[bare] = ((places[0][::-1] + 1.5) / PARKING_CELLS).astype(np.float32)
    return np.clip(texcoords, 0, 1)


def _paint(level: LevelMesh) -> LevelMesh:
    """Spread the largest of the parked faces over their place, so that baking finds what colour they have.

    Spreading all of them painted the place with whatever their rims touch.
    """
    if level.texcoords is None:
        return level
    corners = level.texcoords[level.faces]
    parked = np.flatnonzero((corners == corners[:, :1]).all(axis=(1, 2)))
    if not len(parked):
        return level
    chosen = parked[np.argmax(face_areas(level.positions, level.faces[parked]))]
    old, count = level.faces[chosen], len(level.positions)
    faces = level.faces.copy()
    faces[chosen] = np.arange(count, count + 3, dtype=np.int32)
    spread = np.array([[-0.7, -0.5], [0.7, -0.5], [0.0, 0.8]], np.float32) / np.float32(PARKING_CELLS)
    return LevelMesh(
        np.concatenate([level.positions, level.positions[old]]),
        np.concatenate([level.normals, level.normals[old]]),
        faces,
        np.concatenate([level.texcoords, level.texcoords[old] + spread]),
    )


def _split(positions: FloatArray, faces: IntArray, texcoords: FloatArray) -> LevelMesh:
    """Return the mesh with a vertex for each place and texture coordinate that go together."""
    rows = np.empty((faces.size, 3), np.uint32)
    rows[:, 0] = faces.ravel()
    rows[:, 1:] = np.ascontiguousarray(texcoords.reshape(-1, 2) + np.float32(0)).view(np.uint32)
    weld = same_rows(rows)
    sources = faces.ravel()[weld.first]
    normals = vertex_normals(positions, faces)[sources]
    split = weld.labels.reshape(-1, 3).astype(np.int32)
    return LevelMesh(positions[sources], normals, split, texcoords.reshape(-1, 2)[weld.first])


def _reduce(mesh: Mesh, level: LevelMesh, triangles: int) -> LevelMesh:
    """Return the level with fewer triangles, seams kept, fitted to the scan."""
    faces, _ = decimate(level.positions, level.faces, triangles)
    used, inverse = np.unique(faces, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    # Fitting works on welded vertices, or both sides of a seam would move apart; the seam is put back afterwards.
    weld = same_rows(np.ascontiguousarray(level.positions[used] + np.float32(0)).view(np.uint32))
    positions, welded = level.positions[used][weld.first], weld.labels[faces].astype(np.int32)
    edges = find_edges(welded, len(positions))
    is_border = np.zeros(len(positions), bool)
    is_border[edges.vertices[edges.boundary].ravel()] = True
    moved = fit_positions(positions, welded, build_scene(mesh.positions, mesh.faces), is_border)
    normals = vertex_normals(moved, welded)
    return LevelMesh(
        moved[weld.labels], normals[weld.labels], faces, None if level.texcoords is None else level.texcoords[used]
    )


TEXELS_A_VERTEX = 6
"""A colour at each vertex is a picture with a sample every edge; bilinear texels must lie closer to give it back."""


@dataclass(frozen=True)
class Appearance:
    """Textures and vertex colours of a scan.

    texels : of its own textures that its surface covers, or what its vertex colours amount to; a level's texture with
        more would only be larger
    has_color : whether it has a base colour texture or vertex colours
    has_normal, has_occlusion : whether it brings such maps of its own
    normal_texels : of its own normal maps that its surface covers
    reflectance : its metal, roughness and emission
    alpha_mode : BLEND where most of its surface is translucent, else MASK where anything of it is, or has holes
    """

    texels: int
    has_color: bool
    has_normal: bool
    has_occlusion: bool
    normal_texels: int = 0
    reflectance: Reflectance = MATT
    alpha_mode: AlphaMode = AlphaMode.OPAQUE


def examine_appearance(mesh: Mesh) -> Appearance:
    """Look at the materials in use."""
    used = [mesh.materials[index] for index in np.unique(mesh.face_materials)]
    textures: dict[int, Texture] = {}
    for material in used:
        slot = material.first_slot
        if slot is not None:
            textures.setdefault(id(slot.texture), slot.texture)
    normals = {id(material.normal.texture): material.normal.texture for material in used if material.normal}
    share = covered_share(mesh) if textures else 0.0
    covered = int(_texels(textures) * share)
    return Appearance(
        texels=max(covered, 0 if mesh.colors is None else TEXELS_A_VERTEX * len(mesh.positions)),
        has_color=mesh.colors is not None or any(material.base or material.opacity_map for material in used),
        has_normal=any(material.normal for material in used),
        has_occlusion=any(material.occlusion for material in used),
        normal_texels=int(_texels(normals) * share),
        reflectance=measure_reflectance(mesh),
        alpha_mode=level_mode(mesh),
    )


def _texels(textures: Mapping[int, Texture]) -> int:
    return sum(texture.width * texture.height for texture in textures.values())
