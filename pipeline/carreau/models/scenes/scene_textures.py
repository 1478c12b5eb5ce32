"""Resizing and encoding of an authored scene's textures for a level."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, EncodedImage, FloatArray
from carreau.formats.gltf_scene.scene import SceneImage
from carreau.formats.images import jpeg, png, webp
from carreau.formats.images.basis import Codec, encode_basis
from carreau.formats.images.image import decode, decode_alpha
from carreau.formats.images.lossy_codecs import AVIF, PLAIN_JPEG, WEB_JPEG, WEBP, LossyCodec
from carreau.formats.images.quality_search import least_quality, likeness_db, reaching
from carreau.formats.images.srgb import linear_table, srgb_bytes
from carreau.formats.images.webp import LOSSLESS

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
    texels = _resized(_texels(picture), options, picture.is_color)
    height, width = texels.shape[:2]
    has_alpha = texels.shape[2] == 4
    codec = codec_of(picture, options.codec)
    if codec in ("uastc", "etc1s"):
        data = encode_basis(texels, Codec(codec), is_linear=not picture.is_color)
        return SceneTexture(EncodedImage(data, "image/ktx2"), codec, width, height, 0)
    if codec == "jpeg" and (has_alpha or max(width, height) <= LEAST_PX):
        return SceneTexture(EncodedImage(png.encode(texels, is_optimised=True), "image/png"), "png", width, height, 0)
    if max(width, height) <= LEAST_PX:
        return SceneTexture(
            EncodedImage(webp.encode(texels, LOSSLESS), webp.MEDIA_TYPE), "webp", width, height, LOSSLESS
        )
    found = _encoded(texels, _CODECS[codec], options)
    if codec != "webp" or has_alpha or not options.may_be_jpeg or found.quality < _CODECS[codec].steps[-1]:
        return found
    is_enough = likeness_db(texels, webp.decode(found.image.data)) >= options.enough_db
    return found if is_enough else _encoded(texels, _started(WEB_JPEG), options)


def codec_of(picture: SceneImage, codec: LevelCodec) -> LevelCodec:
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
    return EncodedImage(png.encode(_texels(pictures[number]), level=1), png.MEDIA_TYPE)


def as_it_is(pictures: tuple[SceneImage, ...], number: int) -> EncodedImage:
    """Return one of the pictures as its author encoded it, where any reader of glTF knows that; else as PNG."""
    texture = pictures[number].texture
    data = texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
    for magic, media_type in ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", jpeg.MEDIA_TYPE)):
        if data.startswith(magic):
            return EncodedImage(data, media_type)
    return EncodedImage(png.encode(_texels(pictures[number]), is_optimised=True), "image/png")


def _texels(picture: SceneImage) -> ByteArray:
    """Return (h, w, 3), or (h, w, 4) where the alpha means something and is there."""
    texels = decode(picture.texture)
    alpha = decode_alpha(picture.texture) if picture.has_alpha else None
    return texels if alpha is None or alpha.min() == 255 else np.dstack([texels, alpha])


def _resized(texels: ByteArray, options: SceneTextureOptions, is_color: bool) -> ByteArray:
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


def _started(codec: LossyCodec, least: int = LEAST_QUALITY) -> LossyCodec:
    return replace(codec, steps=tuple(step for step in codec.steps if step >= least))


_CODECS = {
    # A scene has many textures, each with its trials: the quick speed stays.
    "avif": _started(replace(AVIF, encode=AVIF.trial), LEAST_AVIF_QUALITY),
    "webp": _started(WEBP),
    "jpeg": _started(PLAIN_JPEG),
}


def _encoded(texels: ByteArray, codec: LossyCodec, options: SceneTextureOptions) -> SceneTexture:
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
