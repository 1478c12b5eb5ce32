"""Images: format and size, and whether the file is complete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.probe.media_info import MediaInfo, checked_media_type, sniff_media_type

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


MOST_TEXELS = 150_000_000
"""An A3 sheet at 600 dpi has 70 million; decoded, this limit is 450 MB."""

_SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""

_ORIENTATION = 0x0112
_KINDS = ("AVIF", "JPEG", "PNG", "TIFF", "WEBP")
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}
_LAST_BYTES = 65536


def probe_image(path: Path) -> MediaInfo:
    """Probe an image by its header and last bytes; raises FormatError if it cannot be shown."""
    media_type = checked_media_type(path)
    width, height = _size(path)
    if width * height > MOST_TEXELS:
        cause = message(
            "its header declares %(width)s x %(height)s pixels, more than an image here needs",
            width=width,
            height=height,
        )
        raise FormatError(path, "", cause, message("reduce it, and store the original elsewhere"))
    end = _ENDS.get(media_type, b"")
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST_BYTES))
        if end not in file.read():
            raise FormatError(path, "", message("it is truncated"), message("copy it again"))
    return MediaInfo(media_type, width, height)


def _size(path: Path) -> tuple[int, int]:
    try:
        with path.open("rb") as file:
            image = opened(file)
            # Of a PNG, `getexif` would decode the pixels to find what stands behind them.
            exif = image.getexif() if image.format != "PNG" or "exif" in image.info else {}
            return image.size[::-1] if exif.get(_ORIENTATION) in _SIDEWAYS else image.size
    except Exception as error:  # a broken header raises whatever the plugin met first
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again, or copy it again")) from error


def opened(file: BinaryIO) -> ImageFile:
    """Return a picture whose header is read; raises whatever a plugin does.

    `Image.open` refuses pictures of 180 million pixels by a limit that is global to the process, and warns of those of
    half as many; the plugins have no such limit. A HEIC comes upright, as its container says.
    """
    from PIL import Image

    head = file.read(16)
    file.seek(0)
    if sniff_media_type(head) == "image/heic":
        from pi_heif import HeifImageFile

        heic: ImageFile = HeifImageFile(file, "")
        return heic
    Image.init()
    for name in _KINDS:
        opener, accepts = Image.OPEN[name]
        if accepts is None or accepts(head) is True:
            return opener(file, "")
    raise ValueError("no picture")
