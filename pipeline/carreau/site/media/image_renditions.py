"""Make a picture ready for screens of every size: three formats, several widths, its credit in each."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.probe.media_info import opened, probe_image
from carreau.site.media.attribution import Attribution, exif, with_metadata, xmp
from carreau.site.media.renditions import EncodedFile, ImageRendition

WIDTHS = (320, 640, 1280, 1920)
"""A card; a phone; a phone of many pixels, or a column of text; a whole screen."""

FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    # One thread and one encoder: more threads, and another number of cores, give other bytes.
    "image/avif": ("AVIF", {"quality": 58, "speed": 6, "max_threads": 1, "codec": "aom", "subsampling": "4:2:0"}),
    "image/webp": ("WEBP", {"quality": 78, "method": 4}),
    "image/jpeg": ("JPEG", {"quality": 80, "optimize": True, "progressive": True, "subsampling": "4:2:0"}),
}
"""Best first: the poster of the simulated scan takes 65, 93 and 115 kB at 1000 pixels."""

PLACEHOLDER_PX = 24
_QUICK_PX = 1280
_PAPER = "white"
"""Background of transparent images: JPEG has no transparency, and pages are white."""

_SIXTEEN_BITS = 257
_NOBODY = Attribution("author", "licence")
_EXIF = b"Exif\0\0"


def encode_picture(path: Path) -> ImageRendition:
    """Return the forms of an image, never larger than the original; the same file gives the same bytes.

    They are upright according to EXIF, in sRGB, and have no metadata but a placeholder for the attribution.
    Raises FormatError where it cannot be decoded.
    """
    probe_image(path)
    image = _decoded(path)
    about: dict[str, object] = {"exif": exif(_NOBODY), "xmp": xmp(_NOBODY)}
    sized = [image if width == image.width else _narrowed(image, width) for width in widths(image.width)]
    forms = [
        EncodedFile(media_type, _encoded(each, name, options | about), each.width, each.height)
        for media_type, (name, options) in FORMATS.items()
        for each in sized
    ]
    return ImageRendition(image.width, image.height, tuple(forms), _placeholder(image))


def encode_quickly(path: Path) -> ImageRendition:
    """Return one form of an image, as a preview shows it until the others are there; else as `encode_picture`.

    A photograph of 12 megapixels takes 0.2 s here, and all its forms 4 s.
    """
    probe_image(path)
    image = _decoded(path)
    shown = image if image.width <= _QUICK_PX else _narrowed(image, _QUICK_PX)
    about: dict[str, object] = {"exif": exif(_NOBODY), "xmp": xmp(_NOBODY)}
    form = EncodedFile("image/jpeg", _encoded(shown, "JPEG", {"quality": 80} | about), shown.width, shown.height)
    return ImageRendition(image.width, image.height, (form,), _placeholder(image))


def credited(picture: ImageRendition, credit: Attribution) -> ImageRendition:
    """Return an image with an attribution in all its forms, without encoding them again."""
    forms = []
    for form in picture.forms:
        content = form.content
        for old, new in ((exif(_NOBODY), exif(credit)), (xmp(_NOBODY), xmp(credit))):
            # Only JPEG has the name of the format before EXIF.
            content = with_metadata(content, form.media_type, old.removeprefix(_EXIF), new.removeprefix(_EXIF))
        forms.append(replace(form, content=content))
    return replace(picture, forms=tuple(forms))


def widths(width: int) -> tuple[int, ...]:
    """Return the widths of the forms of an image.

    >>> widths(1000), widths(4000), widths(200)
    ((320, 640, 1000), (320, 640, 1280, 1920), (200,))
    """
    return (*(each for each in WIDTHS if each < width), *([width] if width <= WIDTHS[-1] else []))


def _decoded(path: Path) -> Image.Image:
    try:
        with path.open("rb") as file:
            image = opened(file)
            upright = ImageOps.exif_transpose(image)
            return _on_paper(_in_srgb(upright, image.info.get("icc_profile", b"")))
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError …
        raise FormatError(
            path, "", message("its image data is corrupt or truncated"), message("export it again")
        ) from error


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB, with its clear pixels if it has any; without a profile it is taken to be sRGB."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.point(lambda value: value / _SIXTEEN_BITS).convert("L")
    has_clear = "A" in image.getbands() or "transparency" in image.info
    if image.mode not in ("RGB", "RGBA", "L", "CMYK") or (has_clear and image.mode != "RGBA"):
        image = image.convert("RGBA" if has_clear else "RGB")
    if profile and (image.mode != "L" or _is_gray(profile)):
        try:
            return _converted(image, profile)
        except ImageCms.PyCMSError:  # a profile that is broken or for other channels is none
            pass
    return image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), intent, mode, flags=flags)
    assert converted is not None  # noqa: S101 - for mypy: it is None in place only
    return converted


def _is_gray(profile: bytes) -> bool:
    return profile[16:20] == b"GRAY"


def _on_paper(image: Image.Image) -> Image.Image:
    """Return an RGB image without metadata and profile."""
    if image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, _PAPER)
        image = Image.alpha_composite(paper, image)
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(image: Image.Image, name: str, options: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def _placeholder(image: Image.Image) -> str:
    """Return about twenty blurred pixels as a data URL, shown enlarged while the image loads."""
    height = max(1, round(image.height * PLACEHOLDER_PX / image.width))
    tiny = image.resize((PLACEHOLDER_PX, min(height, 4 * PLACEHOLDER_PX)), Image.Resampling.BOX)
    content = _encoded(tiny.filter(ImageFilter.GaussianBlur(1)), "WEBP", {"quality": 30, "method": 6})
    return "data:image/webp;base64," + base64.b64encode(content).decode()


POSTER_WIDTHS = (480, 800)
"""A phone, on which a model of more pixels follows in two seconds; a column of a wide page."""

_FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    # As in `pictures`: one thread and one encoder, so that the bytes are always the same.
    "image/avif": ("AVIF", {"quality": 55, "speed": 6, "max_threads": 1, "codec": "aom", "subsampling": "4:2:0"}),
    "image/webp": ("WEBP", {"quality": 72, "alpha_quality": 80, "method": 6}),
}
"""Best first, both with clear pixels: at 480 pixels the simulated scan takes 28 and 38 kB, of 226 kB whole."""


def smaller_posters(path: Path) -> tuple[EncodedFile, ...]:
    """Return the smaller forms of a poster, never larger than it; the smallest WebP is the last.

    Portrait images are scaled by their height. The same file gives the same bytes.
    """
    with Image.open(path) as image:
        original = image.convert("RGBA")
    sized = [_fitted(original, width) for width in reversed(POSTER_WIDTHS) if width < max(original.size)]
    return tuple(
        _encoded_poster(each, media_type, name, options)
        for media_type, (name, options) in _FORMATS.items()
        for each in sized
    )


def _fitted(image: Image.Image, edge: int) -> Image.Image:
    share = edge / max(image.size)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded_poster(image: Image.Image, media_type: str, name: str, options: dict[str, object]) -> EncodedFile:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return EncodedFile(media_type, stream.getvalue(), image.width, image.height)
