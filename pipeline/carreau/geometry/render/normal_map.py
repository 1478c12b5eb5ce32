"""Normal maps of a level, drawn from the normals of its scan.

The map is fitted to the scan's normals as the base colour is to its colours (see `image_resampling`): the target is the
result of a bilinear filter. A sample where the scan faces away from the level hit another sheet of the surface; it is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.base.process import bands, in_threads
from carreau.geometry.render.image_resampling import box_means, fill_texels, sharpen
from carreau.geometry.render.raycasting import Scene, hits_at
from carreau.geometry.render.sampling import bilinear, interpolate_directions, map_values
from carreau.geometry.topology import same_rows, weld
from carreau.geometry.triangles import face_areas, smooth_normals, texcoord_areas, unit
from carreau.geometry.uv.layout import Texels, find_texels, vertex_tangents

REACH_PX = 1.5
LEAST_FACING = 0.05
CLAMP = 1
JUDGED = 0.4
"""Places along an edge, to one texel, at which a map of one ray a texel is judged: a quarter texel from the centres.

At the centres themselves a map of 1856² measured 0.18°, against 0.55° at 16 places a texel."""


@dataclass(frozen=True, eq=False)
class NormalMap:
    """A tangent-space map.

    image : (h, w, 3) uint8, +Y up
    before_rad, after_rad : RMS angle to the scan's normals over the surface, without the map and with it
    """

    image: ByteArray
    before_rad: float
    after_rad: float


@dataclass(frozen=True, eq=False)
class _Sights:
    """The scan's normals in the level's frames.

    texels : where they were asked for
    seen : (k, 3) float32
    """

    texels: Texels
    directions: FloatArray

    def facing(self) -> _Sights:
        """Return those that look out of the level."""
        # The scan facing away means that the ray hit another sheet of the surface.
        good = self.directions[:, 2] > LEAST_FACING
        return _Sights(self.texels.choose(good), self.directions[good])


def texels_on(level: LevelMesh, edge_px: int, reach_px: float) -> Texels:
    """Return the texels of a level's atlas. Raises ValueError without texture coordinates."""
    if level.texcoords is None:
        raise ValueError("maps are drawn over a level's texture coordinates, and this one has none")
    return find_texels(level.texcoords, level.faces, edge_px, reach_px)


def draw_normals(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> NormalMap:
    """Return the map of a level; samples is rays a texel along each edge.

    With one ray a texel, the angle is judged at places of its own.

    Raises ValueError for a level without texture coordinates.
    """
    frames = level_frames(level)
    # The mean of what the rays in each texel saw; texels around the charts, or missed inside, ask once
    # more, at their centre.
    inside = _look(scan, scene, level, frames, texels_on(level, edge_px * samples, 0.0)).facing()
    xy = inside.texels.centres(edge_px)
    image, is_known = _means(xy, inside.directions, edge_px)
    around = texels_on(level, edge_px, REACH_PX)
    rim = _look(scan, scene, level, frames, around.choose(~is_known.ravel()[around.places])).facing()
    image.reshape(-1, 3)[rim.texels.places], is_known.ravel()[rim.texels.places] = rim.directions, True
    if samples > 1:
        # With several rays a texel, solve for texels that a bilinear filter turns into what was seen; gutters follow.
        image = sharpen(image, xy, inside.directions)
    image = fill_texels(image, is_known)
    # fitting may swing a little below the surface between two steep places
    image[..., 2] = np.maximum(image[..., 2], LEAST_FACING)
    # A map of one ray a texel is right where the rays went, and must be judged elsewhere: see `JUDGED`.
    judges = inside
    if samples == 1:
        places = texels_on(level, max(round(JUDGED * edge_px), 1), 0.0)
        judges = _look(scan, scene, level, frames, places).facing()
    return _judge(encode_normals(_unit_or_out(image)), judges, _weights(level, judges.texels))


def _look(scan: Mesh, scene: Scene, level: LevelMesh, frames: Frames, texels: Texels) -> _Sights:
    hits = hits_at(scene, level, texels)
    normals = shading_normals(scan, hits.faces, hits.barycentrics)
    return _Sights(texels, frames.inwards(texels.faces, texels.barycentrics, normals))


def _means(xy: FloatArray, directions: FloatArray, edge_px: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return (h, w, 3) the unit mean of each texel's samples, and (h, w) whether it has any."""
    is_known = np.zeros((edge_px, edge_px), np.bool_)
    is_known[xy[:, 1].astype(np.int32), xy[:, 0].astype(np.int32)] = True
    return _unit_or_out(box_means(np.zeros((edge_px, edge_px, 3), np.float32), xy, directions)), is_known


def _unit_or_out(vectors: FloatArray) -> FloatArray:
    """Return unit vectors (..., 3); straight out for those that say nothing."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    sound = lengths > 1e-6
    return np.where(sound, vectors / np.where(sound, lengths, 1), np.array([0, 0, 1])).astype(np.float32)


def _weights(level: LevelMesh, texels: Texels) -> DoubleArray:
    """Return (k,) the area each sample speaks for: its face's, shared among the face's samples."""
    counts = np.bincount(texels.faces, minlength=len(level.faces))
    # By area on the surface, not in the atlas: charts may be of different scale.
    shares = face_areas(level.positions, level.faces) / np.maximum(counts, 1)
    return np.asarray(shares[texels.faces])


def _judge(image: ByteArray, sights: _Sights, weights: DoubleArray) -> NormalMap:
    """Compare the map, as a bilinear filter shows its bytes, and no map at all, with what was seen."""
    uvs, out = sights.texels.centres(), np.array([[0, 0, 1]], np.float32)

    def squares(part: slice) -> tuple[float, float]:
        shown, directions, share = np.empty_like(sights.directions[part]), sights.directions[part], weights[part]
        bilinear(image, uvs[part], CLAMP, CLAMP, shown)
        return float(share @ angles(out, directions) ** 2), float(
            share @ angles(decode_normals(shown), directions) ** 2
        )

    before, after = np.sum(in_threads(squares, bands(len(uvs))), axis=0) / max(float(weights.sum()), 1e-300)
    return NormalMap(image, float(np.sqrt(before)), float(np.sqrt(after)))


def shading_normals(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit normals, as a renderer would light the scan at k places on faces."""
    corners = corner_normals(mesh)
    normals = np.empty((len(faces), 3), np.float32)

    def look(part: slice) -> None:
        normals[part] = interpolate_directions(corners, faces[part], barycentrics[part])

    in_threads(look, bands(len(faces)))
    if any(material.normal for material in mesh.materials):
        _bend(mesh, corners, normals, faces, barycentrics)
    return normals


def _bend(mesh: Mesh, corners: FloatArray, normals: FloatArray, faces: IntArray, barycentrics: FloatArray) -> None:
    """Replace the normals at places that have a normal map by what the map makes of them."""
    texels = map_values(mesh, lambda material: material.normal, faces, barycentrics)
    is_green_down = np.array([material.is_green_down for material in mesh.materials])
    sets = np.array([-1 if m.normal is None else m.normal.texcoord_set for m in mesh.materials])
    for number in sorted({int(s) for s in sets if 0 <= s < len(mesh.texcoords)}):
        frames = scan_frames(mesh, corners, number)

        def bend(part: slice, frames: Frames = frames, number: int = number) -> None:
            materials = mesh.face_materials[faces[part]]
            some = part.start + np.flatnonzero((sets[materials] == number) & np.isfinite(texels[part, 0]))
            values = texels[some]
            # a texel of 0..255 with its green turned is 255 less it
            values[:, 1] = np.where(is_green_down[mesh.face_materials[faces[some]]], 255 - values[:, 1], values[:, 1])
            normals[some] = frames.outwards(faces[some], barycentrics[some], decode_normals(values))

        in_threads(bend, bands(len(faces)))


@dataclass(frozen=True, eq=False)
class Frames:
    """Normals and tangents of vertices, as a GPU interpolates them.

    normals : (n, 3) float32 unit
    tangents : (n, 4) float32, as `vertex_tangents` has them
    faces : (m, 3) int32
    """

    normals: FloatArray
    tangents: FloatArray
    faces: IntArray

    def inwards(self, faces: IntArray, barycentrics: FloatArray, directions: FloatArray) -> FloatArray:
        """Return (k, 3) float32: directions in space at places on faces, as seen in their frames."""
        return self._turn(faces, barycentrics, directions, is_inwards=True)

    def outwards(self, faces: IntArray, barycentrics: FloatArray, seen: FloatArray) -> FloatArray:
        """Return (k, 3) float32: directions in space for those seen in the frames at places on faces."""
        return self._turn(faces, barycentrics, seen, is_inwards=False)

    def _turn(self, faces: IntArray, barycentrics: FloatArray, given: FloatArray, is_inwards: bool) -> FloatArray:
        out = np.empty((len(faces), 3), np.float32)

        def turn(part: slice) -> None:
            places = faces[part], barycentrics[part], given[part]
            _turn((self.normals, self.tangents, self.faces), *places, out[part], is_inwards)

        in_threads(turn, bands(len(faces)))
        return out


def level_frames(level: LevelMesh) -> Frames:
    """Return the frames that `pack` writes and readers make. Raises ValueError without texture coordinates."""
    if level.texcoords is None:
        raise ValueError("a level without texture coordinates has no frames for a normal map")
    tangents = vertex_tangents(level.positions, level.normals, level.texcoords, level.faces)
    return Frames(level.normals, tangents, level.faces)


def corner_normals(mesh: Mesh) -> FloatArray:
    """Return (m, 3, 3) float32 unit normals of a scan's corners: its own, else smooth ones over welded positions."""
    if mesh.normals is not None:
        return mesh.normals
    return np.asarray(smooth_normals(mesh.positions, mesh.faces)[mesh.faces])


def scan_frames(mesh: Mesh, normals: FloatArray, texcoord_set: int) -> Frames:
    """Return the frames of a scan whose corners (m, 3, 3) have these normals.

    Corners share a frame where place, texture coordinates, normal and the picture's handedness are the same, as in
    MikkTSpace: at the mirror line of a mirrored atlas the two sides must not be averaged.
    """
    texcoords = np.nan_to_num(mesh.texcoords[texcoord_set])
    places = weld(mesh.positions).labels[mesh.faces].reshape(-1, 1).astype(np.int64)
    is_mirrored = np.repeat(texcoord_areas(texcoords) > 0, 3)[:, None]
    looks = same_rows(_bits(normals.reshape(-1, 3))).labels
    # Rows of three words at a time is what `same_rows` compares: first place, handedness and texture coordinates, then
    # that together with the normal.
    spots = np.concatenate([(2 * places + is_mirrored).astype(np.uint32), _bits(texcoords.reshape(-1, 2))], axis=1)
    both = np.stack([same_rows(spots).labels, looks, np.zeros_like(looks)], axis=1)
    split = same_rows(both.astype(np.uint32))
    corners = mesh.faces.reshape(-1)[split.first]
    unit_normals = unit(normals.reshape(-1, 3)[split.first].astype(np.float64))
    faces = split.labels.reshape(-1, 3)
    uvs = texcoords.reshape(-1, 2)[split.first]
    return Frames(unit_normals, vertex_tangents(mesh.positions[corners], unit_normals, uvs, faces), faces)


def _bits(rows: FloatArray) -> np.ndarray:
    return np.ascontiguousarray(rows + np.float32(0), np.float32).view(np.uint32)


def encode_normals(seen: FloatArray) -> ByteArray:
    """Return (..., 3) uint8 texels of unit vectors; straight out is (128, 128, 255)."""
    texels: ByteArray = np.clip(np.rint(seen * np.float32(127.5) + np.float32(127.5)), 0, 255).astype(np.uint8)
    return texels


def decode_normals(texels: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit vectors of texels 0..255, as a shader reads them; straight out where there is none."""
    vectors = np.asarray(texels, np.float32) / np.float32(127.5) - 1
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    # Texels that are black or look inwards, as in unused parts of an atlas, are no directions.
    is_sound = np.isfinite(lengths) & (lengths > 0.1) & (vectors[..., 2:] > 0)
    out = np.array([0, 0, 1], np.float32)
    return np.where(is_sound, vectors / np.where(is_sound, lengths, 1), out).astype(np.float32)


def angles(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return (k,) radians between unit vectors (k, 3), sure for small ones as arccosine is not."""
    return np.asarray(2 * np.arctan2(np.linalg.norm(left - right, axis=1), np.linalg.norm(left + right, axis=1)))


@compiled
def _turn(
    frames: tuple[FloatArray, FloatArray, IntArray],
    faces: IntArray,
    barycentrics: FloatArray,
    given: FloatArray,
    out: FloatArray,
    is_inwards: bool,
) -> None:
    normals, tangents, corners = frames
    for k in range(len(faces)):
        a, b, c = corners[faces[k], 0], corners[faces[k], 1], corners[faces[k], 2]
        v, w = np.float64(barycentrics[k, 0]), np.float64(barycentrics[k, 1])
        u = 1 - v - w
        # Interpolated normal, at length 1.
        nx = normals[a, 0] * u + normals[b, 0] * v + normals[c, 0] * w
        ny = normals[a, 1] * u + normals[b, 1] * v + normals[c, 1] * w
        nz = normals[a, 2] * u + normals[b, 2] * v + normals[c, 2] * w
        length = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
        nx, ny, nz = nx / length, ny / length, nz / length
        tx = tangents[a, 0] * u + tangents[b, 0] * v + tangents[c, 0] * w
        ty = tangents[a, 1] * u + tangents[b, 1] * v + tangents[c, 1] * w
        tz = tangents[a, 2] * u + tangents[b, 2] * v + tangents[c, 2] * w
        # Interpolated tangent, made square to the normal: the map was drawn for this very frame, so
        # both must use the same.
        lean = tx * nx + ty * ny + tz * nz
        tx, ty, tz = tx - lean * nx, ty - lean * ny, tz - lean * nz
        length = max(np.sqrt(tx * tx + ty * ty + tz * tz), 1e-30)
        tx, ty, tz = tx / length, ty / length, tz / length
        # The bitangent by glTF's rule; all corners of a face have the same sign.
        sign = 1.0 if tangents[a, 3] > 0 else -1.0
        bx, by, bz = sign * (ny * tz - nz * ty), sign * (nz * tx - nx * tz), sign * (nx * ty - ny * tx)
        x, y, z = given[k, 0], given[k, 1], given[k, 2]
        if is_inwards:
            out[k, 0] = x * tx + y * ty + z * tz
            out[k, 1] = x * bx + y * by + z * bz
            out[k, 2] = x * nx + y * ny + z * nz
        else:
            out[k, 0] = x * tx + y * bx + z * nx
            out[k, 1] = x * ty + y * by + z * ny
            out[k, 2] = x * tz + y * bz + z * nz
