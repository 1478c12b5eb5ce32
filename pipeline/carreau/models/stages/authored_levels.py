"""Levels of an authored model: its scenes simplified, their textures resized and encoded, and its size.

Simplification only selects among the existing vertices, so each one keeps its joints and weights, its morph targets and
its UV coordinates to the last bit. Deforming shapes are simplified in several poses: a flag that hangs flat needs two
triangles, a flying one four.
"""

from __future__ import annotations

import io
import json
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, EncodedImage, FloatArray, IntArray, Mesh, Scan
from carreau.base.options import UNITS_M
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_pose import Moment
from carreau.formats.gltf.scene import LIGHTS, TRIANGLES, Authored, SceneImage, Shape, scale_roots
from carreau.formats.gltf.scene_primitives import compact, is_deformed
from carreau.formats.images import image_codecs
from carreau.formats.images.image import Codec, decode, decode_alpha, encode_basis
from carreau.formats.images.image_codecs import (
    AVIF,
    LOSSLESS,
    PLAIN_JPEG,
    WEB_JPEG,
    WEBP,
    LossyCodec,
    least_quality,
    likeness_db,
    linear_table,
    reaching,
    srgb_bytes,
)
from carreau.formats.location.scan_toml import own_notes, read_notes
from carreau.geometry.decimation import decimate, decimated_together, decimated_within
from carreau.geometry.location.ground_plane import Motion
from carreau.geometry.location.placement import merge_placements, source_message, to_real_length
from carreau.geometry.triangles import transform

TRIES = 12
"""Halvings of the logarithm of an error between a millionth of the scene and all of it: they find it within 1 %."""

UNSEEN = 1e-4
"""Share of the largest shape below which an error is not worth a triangle: a budget is a ceiling, and no target."""

FADED = 1e-3
"""A shape that is smaller than this share of its own size grows when a clip plays, else nobody would have made it."""

_NONE: IntArray = np.zeros((0, 3), np.int32)


def thin(scene: Authored, triangles: int) -> Authored:
    """Return the scene with at most so many triangles drawn, the same error allowed to all shapes in the world.

    A shape with a name of its own is never lost whole: a triangle of it stays.
    """
    if scene.triangles <= triangles:
        return scene
    counts, bent = scene.counts, is_deformed(scene)
    # Bisect the logarithm of one error for all shapes: the least with which the scene holds its triangles.
    high = largest = max((_size(shape) for shape in scene.shapes if shape.mode == TRIANGLES), default=1.0)
    low, best = high * 1e-6, None
    finer = [_faces(shape) if shape.mode == TRIANGLES else _NONE for shape in scene.shapes]
    for _ in range(TRIES):
        middle = math.sqrt(low * high)
        faces = [_within(shape, middle, bent.get(number)) for number, shape in enumerate(scene.shapes)]
        if sum(len(each) * times for each, times in zip(faces, counts, strict=True)) <= triangles:
            high, best = middle, faces
        else:
            low, finer = middle, faces
    if best is None:
        best = _shares(scene, counts, triangles)
    elif high > UNSEEN * largest:
        best = _fill(scene, high, triangles, (best, finer), bent)
    shapes = (_with(shape, faces) for shape, faces in zip(scene.shapes, best, strict=True))
    return replace(scene, shapes=tuple(shapes))


def _fill(
    scene: Authored,
    error: float,
    triangles: int,
    candidates: tuple[list[IntArray], list[IntArray]],
    bent: dict[int, FloatArray],
) -> list[IntArray]:
    """Return what the error leaves, with the rest of the budget spent between it and the next finer error.

    The beams of a lattice are as thick as each other: at one error all are there, at the next all are gone.
    """
    best, finer = candidates
    counts = scene.counts
    lost = [(len(more) - len(left)) * times for more, left, times in zip(finer, best, counts, strict=True)]
    spare = triangles - sum(len(left) * times for left, times in zip(best, counts, strict=True))
    # Each shape gets back the same share of what it lost between the two errors, as far as the budget reaches.
    share = min(0.98 * spare / max(sum(lost), 1), 1.0)  # meshoptimizer may stop a triangle or two early
    filled = list(best)
    for number, (more, left) in enumerate(zip(finer, best, strict=True)):
        least = len(left) + int((len(more) - len(left)) * share)
        each = _within(scene.shapes[number], error, bent.get(number), least) if len(left) < least else left
        spare -= (len(each) - len(left)) * counts[number]
        filled[number] = each if spare >= 0 else left
        spare += (len(each) - len(left)) * counts[number] if spare < 0 else 0
    return filled


def _growth(shape: Shape) -> float:
    return shape.scale if shape.scale >= FADED else 1.0


def _size(shape: Shape) -> float:
    positions = shape.attributes["POSITION"]
    return float((positions.max(axis=0) - positions.min(axis=0)).max()) * _growth(shape) or 1.0


def _faces(shape: Shape) -> IntArray:
    return shape.indices.reshape(-1, 3).astype(np.int32)


def _within(shape: Shape, error: float, bent: FloatArray | None, least: int = 1) -> IntArray:
    if shape.mode != TRIANGLES:
        return _NONE
    faces = decimated_within(shape.attributes["POSITION"], _faces(shape), error / _growth(shape), bent, least)
    return faces if len(faces) else _faces(shape)[:1]


def _shares(scene: Authored, counts: tuple[int, ...], triangles: int) -> list[IntArray]:
    """Return for each shape its share of the triangles: what is in more pieces than that loses some of them."""
    share = triangles / scene.triangles
    result = []
    for shape, times in zip(scene.shapes, counts, strict=True):
        if shape.mode != TRIANGLES or not times:
            result.append(_NONE)
        else:
            target = max(int(shape.triangles * share), 1)
            result.append(decimate(shape.attributes["POSITION"], _faces(shape), target)[0])
    return result


def _with(shape: Shape, faces: IntArray) -> Shape:
    if shape.mode != TRIANGLES or not len(faces):
        return shape
    return compact(replace(shape, indices=np.ascontiguousarray(faces, np.uint32).reshape(-1)))


LEAST_SHARE = 1 / 3
"""Share of its share of the triangles below which a piece is simplified on its own."""


def thin_together(scene: Authored, triangles: int) -> Authored:
    """Return a scene at rest with at most so many triangles, its shapes still meeting wherever they met.

    Every shape is drawn once, where its positions say.
    """
    if scene.triangles <= triangles:
        return scene
    chosen = [number for number, shape in enumerate(scene.shapes) if shape.mode == TRIANGLES]
    pieces = [
        (scene.shapes[number].attributes["POSITION"], scene.shapes[number].indices.reshape(-1, 3).astype(np.int32))
        for number in chosen
    ]
    thinned = _thin(pieces, triangles)
    # A part with a name is never lost whole.
    remaining = [left if len(left) else faces[:1] for left, (_, faces) in zip(thinned, pieces, strict=True)]
    left = dict(zip(chosen, remaining, strict=True))
    shapes = [
        compact(replace(shape, indices=np.ascontiguousarray(left[number], np.uint32).reshape(-1)))
        if number in left
        else shape
        for number, shape in enumerate(scene.shapes)
    ]
    return replace(scene, shapes=tuple(shapes))


def _thin(pieces: list[tuple[FloatArray, IntArray]], triangles: int) -> list[IntArray]:
    """Return the faces of each piece, at most so many in all.

    At one error thin pieces, such as the trunks of trees, would vanish before the others lose anything one sees, and
    crowns would float: what meets no other piece, and keeps less than a third of its share, is given that share on its
    own.
    """
    share = triangles / sum(len(faces) for _, faces in pieces)
    result = decimated_together(pieces, triangles)
    loose = _loose([positions for positions, _ in pieces])
    starved = [at for at in loose if len(result[at]) < LEAST_SHARE * share * len(pieces[at][1])]
    if not starved:
        return result
    own = {at: decimate(*pieces[at], max(int(share * len(pieces[at][1])), 1))[0] for at in starved}
    spare = triangles - sum(map(len, own.values()))
    others = [at for at in range(len(pieces)) if at not in own]
    again = decimated_together([pieces[at] for at in others], max(spare, 1)) if others else []
    return [own[at] if at in own else again[others.index(at)] for at in range(len(pieces))]


def _loose(pieces: list[FloatArray]) -> list[int]:
    """Return the pieces that share no place of a vertex with any other piece."""
    places = np.unique(np.concatenate(pieces), axis=0, return_inverse=True)[1].reshape(-1)
    owners = np.repeat(np.arange(len(pieces)), [len(positions) for positions in pieces])
    count = int(places.max()) + 1
    # A place with two owners is where pieces meet: lowest and highest owner differ there.
    low, high = np.full(count, len(pieces)), np.full(count, -1)
    np.minimum.at(low, places, owners)
    np.maximum.at(high, places, owners)
    meeting = np.unique(owners[low[places] < high[places]])
    return [at for at in range(len(pieces)) if at not in meeting]


def pose_file(path: Path, clip: int, time_s: float) -> Mesh:
    """Return what a .glb or .gltf shows at a time of one of its clips."""
    return gltf.read(path, Moment(clip, time_s)).mesh


def pose_level(glb: bytes, clip: int, time_s: float) -> Mesh:
    """Return what a level shows at a time of one of its clips, read back from its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "level.glb"
        path.write_bytes(glb)
        return pose_file(path, clip, time_s)


LevelCodec = Literal["avif", "webp", "jpeg", "uastc", "etc1s"]
LEAST_PX = 64
"""A picture no longer than this is a palette or a pattern, whose every texel counts: it is kept without loss."""


@dataclass(frozen=True)
class SceneTextureOptions:
    """What a picture becomes.

    width, height : texels, at most the picture's own; multiples of four for KTX2
    codec : of the level; one that cannot hold a picture gives way: alpha makes a JPEG a PNG
    most_bytes : what an AVIF, WebP or JPEG may take, where its quality can be lowered so far
    enough_db : a likeness to the picture above which nothing is gained for the eye
    may_be_jpeg : whether a WebP becomes a JPEG where it cannot be that like the picture
    """

    width: int
    height: int
    codec: LevelCodec
    most_bytes: int
    enough_db: float = 42.0
    may_be_jpeg: bool = False


@dataclass(frozen=True, eq=False)
class SceneTexture:
    """A picture as it will be published.

    codec : "avif", "webp", "jpeg", "png", "uastc" or "etc1s"
    quality : 0 to 100, 101 for lossless; AVIF, WebP and JPEG only, else 0
    """

    image: EncodedImage
    codec: str
    width: int
    height: int
    quality: float


def encode_texture(pictures: tuple[SceneImage, ...], number: int, options: SceneTextureOptions) -> SceneTexture:
    """Return one of the pictures, resized and encoded. Raises TextureError for broken image data.

    A WebP halves the resolution of two of three channels, which a JPEG need not (4:4:4).
    """
    picture = pictures[number]
    texels = _resize(_texels(picture), options, picture.is_color)
    height, width = texels.shape[:2]
    has_alpha = texels.shape[2] == 4
    codec = choose_codec(picture, options.codec)
    if codec in ("uastc", "etc1s"):
        data = encode_basis(texels, Codec(codec), is_linear=not picture.is_color)
        return SceneTexture(EncodedImage(data, "image/ktx2"), codec, width, height, 0)
    if codec == "jpeg" and (has_alpha or max(width, height) <= LEAST_PX):
        return SceneTexture(
            EncodedImage(image_codecs.encode_png(texels, is_optimised=True), "image/png"), "png", width, height, 0
        )
    if max(width, height) <= LEAST_PX:
        return SceneTexture(
            EncodedImage(image_codecs.encode_webp(texels, LOSSLESS), image_codecs.WEBP_TYPE),
            "webp",
            width,
            height,
            LOSSLESS,
        )
    encoded = _encode(texels, _CODECS[codec], options)
    if codec != "webp" or has_alpha or not options.may_be_jpeg or encoded.quality < _CODECS[codec].steps[-1]:
        return encoded
    is_enough = likeness_db(texels, image_codecs.decode_webp(encoded.image.data)) >= options.enough_db
    return encoded if is_enough else _encode(texels, _start_at(WEB_JPEG), options)


def choose_codec(picture: SceneImage, codec: LevelCodec) -> LevelCodec:
    """Return the codec that a picture gets where a level asks for one.

    KTX2 says whether its texels are colours or data; a picture that is taken for both stays WebP, which says nothing.
    So does one that is small: blocks of four texels blur a palette. A small one, and one with alpha, stays WebP beside
    AVIF, too.
    """
    is_small = max(picture.texture.width, picture.texture.height) <= LEAST_PX
    if codec == "avif":
        return "webp" if is_small or picture.has_alpha else codec
    return "webp" if codec in ("uastc", "etc1s") and (is_small or picture.is_color == picture.is_data) else codec


def as_png(pictures: tuple[SceneImage, ...], number: int) -> EncodedImage:
    """Return one of the pictures as PNG at its own size, without loss; quickly, for the validator alone.

    zlib's level 1 takes a twelfth of the time of Pillow's `optimize`, for a file of which nothing is kept.
    """
    return EncodedImage(image_codecs.encode_png(_texels(pictures[number]), level=1), image_codecs.PNG_TYPE)


def as_it_is(pictures: tuple[SceneImage, ...], number: int) -> EncodedImage:
    """Return one of the pictures as its author encoded it, where any reader of glTF knows that; else as PNG."""
    texture = pictures[number].texture
    data = texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
    for magic, media_type in ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", image_codecs.JPEG_TYPE)):
        if data.startswith(magic):
            return EncodedImage(data, media_type)
    return EncodedImage(image_codecs.encode_png(_texels(pictures[number]), is_optimised=True), "image/png")


def _texels(picture: SceneImage) -> ByteArray:
    """Return (h, w, 3), or (h, w, 4) where the alpha means something and is there."""
    texels = decode(picture.texture)
    alpha = decode_alpha(picture.texture) if picture.has_alpha else None
    return texels if alpha is None or alpha.min() == 255 else np.dstack([texels, alpha])


def _resize(texels: ByteArray, options: SceneTextureOptions, is_color: bool) -> ByteArray:
    """Return fewer texels: colours are averaged as light, and those that are seen through count less."""
    height, width = texels.shape[:2]
    if (width, height) == (options.width, options.height):
        return texels
    table = linear_table() if is_color else np.arange(256) / 255
    values: FloatArray = table.astype(np.float32)[texels[:, :, :3]]
    if texels.shape[2] == 3:
        return _bytes(_shrunk(values, options), is_color)
    alpha: FloatArray = np.asarray(texels[:, :, 3:] / np.float32(255), np.float32)
    share = _shrunk(alpha, options)
    # Colours weighed by alpha, or the colour of transparent texels would bleed into the rim of a leaf.
    mixed = _shrunk(np.asarray(values * alpha, np.float32), options) / np.maximum(share, 1e-4)
    opaque = _shrunk(values, options)
    return np.dstack([_bytes(np.where(share > 1e-4, mixed, opaque), is_color), _bytes(share, False)])


def _shrunk(values: FloatArray, options: SceneTextureOptions) -> FloatArray:
    size = (options.width, options.height)
    layers = (Image.fromarray(np.ascontiguousarray(values[:, :, c])) for c in range(values.shape[2]))
    shrunk = [np.asarray(layer.resize(size, Image.Resampling.LANCZOS), np.float32) for layer in layers]
    return np.clip(np.stack(shrunk, axis=2), 0, 1)


def _bytes(values: FloatArray, is_color: bool) -> ByteArray:
    if is_color:
        return srgb_bytes(values.reshape(-1, values.shape[2])).reshape(values.shape)
    rounded: ByteArray = np.rint(values * 255).astype(np.uint8)
    return rounded


LEAST_QUALITY, LEAST_AVIF_QUALITY = 30, 16
"""Below them a smaller picture shows more."""


def _start_at(codec: LossyCodec, least: int = LEAST_QUALITY) -> LossyCodec:
    return replace(codec, steps=tuple(step for step in codec.steps if step >= least))


_CODECS = {
    # A scene has many textures, each with its trials: the quick speed stays.
    "avif": _start_at(replace(AVIF, encode=AVIF.trial), LEAST_AVIF_QUALITY),
    "webp": _start_at(WEBP),
    "jpeg": _start_at(PLAIN_JPEG),
}


def _encode(texels: ByteArray, codec: LossyCodec, options: SceneTextureOptions) -> SceneTexture:
    """Return a picture at the least quality that is like it enough, or about the highest that holds the bytes."""
    if texels.shape[2] == 4:
        codec = replace(codec, decode=_with_alpha)

    goal = reaching(options.enough_db, lambda decoded: likeness_db(texels, decoded))
    result = least_quality(texels, codec, options.most_bytes, goal)
    height, width = texels.shape[:2]
    return SceneTexture(EncodedImage(result.data, codec.media_type), codec.name, width, height, result.quality)


def _with_alpha(data: bytes) -> ByteArray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))


_VOLUME = "KHR_materials_volume"


@dataclass(frozen=True)
class ModelSize:
    """What the size of a file is multiplied by, about its origin.

    decisions : for the report, none where nothing is stated
    """

    factor: float = 1.0
    decisions: tuple[Message, ...] = ()

    @property
    def matrix(self) -> list[float]:
        """Return the (4, 4) matrix from the file's coordinates to the model's, row by row."""
        return [float(each) for each in _matrix(self.factor).ravel()]


AS_IN_FILE = ModelSize()


def stated_size(path: Path, scan: Scan) -> ModelSize:
    """Return the size that the notes beside a model state, `NAME.scan.toml`: those of a folder are about its scans.

    scan : the model at rest
    Raises FormatError for notes that are broken, and ScanError where the model has no length between their points.
    """
    notes = own_notes(path)
    if not notes.is_file():
        return AS_IN_FILE
    placement = merge_placements((read_notes(notes).placement,), 1)
    unit = UNITS_M[placement.unit] if placement.unit else 1.0
    motion, decisions = to_real_length(scan.mesh, Motion(np.eye(3) * unit, np.zeros(3), np.zeros(3)), placement)
    if placement.unit and not decisions:
        reason = source_message(placement.sources["unit"])
        decisions = [message("1 unit is 1 %(unit)s: %(reason)s", unit=placement.unit, reason=reason)]
    return ModelSize(float(motion.linear[0, 0]), tuple(decisions))


def sized_scene(scene: Authored, factor: float) -> Authored:
    """Return a scene multiplied by a factor: a new root node scales it, and the shapes keep their coordinates."""
    document = scene.document()
    scale_roots(document, factor)
    for material in document.get("materials", ()):
        _multiply(material.get("extensions", {}).get(_VOLUME, {}), "attenuationDistance", factor)
    for light in document.get("extensions", {}).get(LIGHTS, {}).get("lights", ()):
        _multiply(light, "range", factor)
        if light.get("type") != "directional":  # as bright as before, from so much farther
            light["intensity"] = light.get("intensity", 1.0) * factor**2
    shapes = tuple(replace(shape, scale=shape.scale * factor) for shape in scene.shapes)
    return replace(scene, text=json.dumps(document, ensure_ascii=False, separators=(",", ":")), shapes=shapes)


def sized_mesh(mesh: Mesh, factor: float) -> Mesh:
    """Return a mesh multiplied by a factor."""
    return transform(mesh, _matrix(factor))


def sized_scan(scan: Scan, factor: float) -> Scan:
    """Return a scan whose mesh is multiplied by a factor."""
    return replace(scan, mesh=sized_mesh(scan.mesh, factor))


def _matrix(factor: float) -> Any:
    return np.diag([factor, factor, factor, 1.0])


def _multiply(holder: dict[str, Any], key: str, factor: float) -> None:
    if key in holder:
        holder[key] *= factor
