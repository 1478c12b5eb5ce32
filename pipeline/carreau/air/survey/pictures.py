"""Gather a picture from above, from as many requests as it takes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carreau.air.airborne_files.survey_record import Grid
from carreau.air.survey.http_client import RUN_AGAIN
from carreau.air.survey.map_requests import Piece, aligned_grid, map_address, map_answer, pieces, touches
from carreau.air.survey.services import PictureService, Services
from carreau.air.survey.site_area import Area
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

if TYPE_CHECKING:
    from PIL.Image import Image

WHITE, BLACK = 252, 3
"""A picture of no other value is none: services answer so where they have nothing."""

_QUALITY = 92
_EMPTY_GREY = 128


@dataclass(frozen=True, eq=False)
class GatheredPicture:
    """A picture.

    body : JPEG; None where the service has nothing here
    share : of the pieces that hold something
    """

    grid: Grid
    body: bytes | None
    share: float


def gather_picture(source: Source, services: Services, service: PictureService, area: Area) -> GatheredPicture:
    """Return the picture of an area; pieces of which nothing lies in it are not asked for.

    Raises ServiceError where an answer is not the picture that was asked for.
    """
    from PIL import Image

    grid = aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6)
    parts = [piece for piece in pieces(grid, service.edge_px) if touches(area.shape, piece.grid)]
    is_grey = service.format == "image/png"
    whole = Image.new("L" if is_grey else "RGB", (grid.columns, grid.rows), _EMPTY_GREY if is_grey else (255, 255, 255))
    filled, body = 0, b""
    for piece in parts:
        body = map_answer(source, service, service.layer, piece.grid, services.place.epsg)
        picture = _opened(body, piece, source, service, services.place.epsg)
        if picture is not None:
            filled += 1
            whole.paste(picture, (piece.column, piece.row))
    if not filled:
        return GatheredPicture(grid, None, 0.0)
    # One answer is kept as it came: to encode it again would lose some of it.
    is_as_it_came = len(parts) == 1 and service.format == "image/jpeg"
    return GatheredPicture(grid, body if is_as_it_came else _jpeg(whole), filled / len(parts))


def _opened(body: bytes, piece: Piece, source: Source, service: PictureService, epsg: int) -> Image | None:
    """Return a picture of the size that was asked for, None for an empty one; raises ServiceError."""
    from PIL import Image, UnidentifiedImageError

    wanted = piece.grid.columns, piece.grid.rows
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG")) as picture:
            if picture.size != wanted:
                answer = message(
                    "the picture has %(found)s pixels, not the %(asked)s that were asked for",
                    found="{} × {}".format(*picture.size),
                    asked="{} × {}".format(*wanted),
                )
                raise ServiceError(service.layer, answer, RUN_AGAIN)
            return _without_blank(picture, service.format == "image/png")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise ServiceError(service.layer, message("the picture cannot be read"), RUN_AGAIN) from error
    except ServiceError:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise


def _without_blank(picture: Image, is_grey: bool) -> Image | None:
    """Return a picture without transparency, None if all of it is white, black or transparent."""
    from PIL import Image

    flat: Any = picture
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        if layered.getchannel("A").getextrema()[1] == 0:
            return None
        flat = Image.new("RGBA", picture.size, (_EMPTY_GREY,) * 3 + (255,))
        flat.alpha_composite(layered)
    flat = flat.convert("L" if is_grey else "RGB")
    low, high = flat.convert("L").getextrema()
    return None if low >= WHITE or high <= BLACK else flat


def _jpeg(picture: Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return stream.getvalue()
