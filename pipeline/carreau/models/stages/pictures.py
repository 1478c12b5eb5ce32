"""Pictures of a scan and its levels from the same viewpoints, and maps of their differences."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, DoubleArray, FloatArray, Mesh
from carreau.geometry.location.ground_plane import TO_Y_UP, Motion, move_mesh
from carreau.geometry.mesh_parts import finite_part
from carreau.geometry.render.camera import PinholeCamera
from carreau.geometry.render.image_metrics import differences, paint_values, read_level
from carreau.geometry.render.reflectance import measure_reflectance
from carreau.geometry.render.shading import clay_views, is_colorless, lit_views
from carreau.geometry.render.viewpoints import Viewpoint, best_side, box, cameras_at, sides_around
from carreau.geometry.render.views import Views, render_views
from carreau.geometry.triangles import about


@dataclass(frozen=True)
class PictureOptions:
    """What the pictures of a report are like.

    count : sides all around, 1 to 8; the poster's is the first
    longest_px : longer edge of a picture, 16 to 2048 pixels
    supersampling : rays a pixel, each way, 1 or more
    top : CIEDE2000 difference from which on the heat map is at its brightest, above 0
    webp_quality : 1 to 100
    """

    count: int = 3
    longest_px: int = 480
    supersampling: int = 2
    top: float = 10.0
    webp_quality: int = 80


@dataclass(frozen=True, eq=False)
class ScanPictures:
    """A scan as a report shows it.

    images : a WebP a side, transparent around the scan
    sides : where each was taken from
    is_clay : whether scan and levels are shown by their shape, for the scan has no colour
    width, height : pixels of each
    lit : a WebP of the first side with light, None for a scan that is neither metallic, glossy nor emits light
    """

    images: tuple[bytes, ...]
    sides: tuple[Viewpoint, ...]
    is_clay: bool
    width: int
    height: int
    lit: bytes | None = None


@dataclass(frozen=True, eq=False)
class Shown:
    """A scan's pictures, with what its levels are shown and compared with.

    cameras : one a side
    views : what they saw of the scan
    origin : (3,) float64, of the scan's positions
    """

    pictures: ScanPictures
    cameras: tuple[PinholeCamera, ...]
    views: Views
    origin: DoubleArray


@dataclass(frozen=True, eq=False)
class UpPicture:
    """A scan with one of its directions up.

    up : a key of `UP_DIRECTIONS`, an axis of the scan
    image : WebP, transparent around the scan
    width, height : pixels
    """

    up: str
    image: bytes
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class LevelPictures:
    """A level as a report shows it; each tuple has an item a side.

    images : WebP, as those of the scan
    heat : WebP, how different each pixel is
    median, p95 : CIEDE2000 differences of the pixels that both fill
    alone : share of the pixels of either that only one fills, 0..1
    top : difference at which the heat map is at its brightest
    lit : WebP with light, as that of the scan
    """

    images: tuple[bytes, ...]
    heat: tuple[bytes, ...]
    median: tuple[float, ...]
    p95: tuple[float, ...]
    alone: tuple[float, ...]
    top: float
    lit: bytes | None = None


def choose_view(mesh: Mesh, chosen: tuple[float, float] | None = None, is_part: bool = False) -> Viewpoint:
    """Return the side of a mesh that its poster shows, where a viewer begins too: the one that shows most of it.

    chosen : azimuth and elevation in degrees, if somebody chose another
    is_part : whether the mesh is part of a larger one, which the picture is of
    """
    side = best_side(mesh) if chosen is None else Viewpoint(*chosen)
    if not is_part or not len(mesh.faces):
        return side
    corners = [np.round(corner.astype(np.float64) + mesh.origin, 2).tolist() for corner in box(mesh)]
    return replace(side, subject_m=(tuple(corners[0]), tuple(corners[1])))


def show_scan(scan: Mesh, side: Viewpoint, options: PictureOptions = PictureOptions()) -> Shown:
    """Show a scan, upright and in metres, from `side` and from others around it."""
    scan = finite_part(scan)
    sides = sides_around(side, options.count)
    cameras = cameras_at(scan, sides, options.longest_px)
    is_clay = is_colorless(scan)
    views = _render(scan, cameras, is_clay, options)
    images = tuple(_webp(_cut(views, k), options.webp_quality) for k in range(len(sides)))
    lit = None if measure_reflectance(scan).is_plain else _lit(scan, cameras[0], options)
    pictures = ScanPictures(images, sides, is_clay, cameras[0].width, cameras[0].height, lit)
    return Shown(pictures, cameras, views, np.asarray(scan.origin, np.float64))


UP_PX = 160
UP_SIDE = Viewpoint(30.0, 15.0)


def show_ups(scan: Mesh, up: str, candidates: tuple[str, ...]) -> tuple[UpPicture, ...]:
    """Show a scan, which stands with its axis `up` upwards, with each of the candidates upwards, in small."""
    scan = finite_part(scan)
    taken = np.array(TO_Y_UP[up], np.float64)
    is_clay = is_colorless(scan)
    return tuple(_up_picture(scan, name, np.array(TO_Y_UP[name]) @ taken.T, is_clay) for name in candidates)


def _up_picture(scan: Mesh, name: str, turn: DoubleArray, is_clay: bool) -> UpPicture:
    """Return the picture after a turn; the camera is turned instead, so that all pictures share one hierarchy."""
    camera = cameras_at(move_mesh(scan, Motion(turn, scan.origin, np.zeros(3))), (UP_SIDE,), UP_PX)[0]
    turned = PinholeCamera(
        camera.eye @ turn, camera.target @ turn, camera.up @ turn, camera.field_rad, camera.width, camera.height
    )
    views = _render(scan, (turned,), is_clay, PictureOptions())
    return UpPicture(name, _webp(_cut(views, 0), PictureOptions().webp_quality), camera.width, camera.height)


def show_level(shown: Shown, glb: bytes, options: PictureOptions = PictureOptions()) -> LevelPictures:
    """Show a level, read back from its file, as its scan was shown, and where the two differ."""
    level = finite_part(about(read_level(glb), shown.origin))
    views = _render(level, shown.cameras, shown.pictures.is_clay, options)
    lit = None if shown.pictures.lit is None else _lit(level, shown.cameras[0], options)
    errors = differences(shown.views, views)
    views_shown = range(len(shown.cameras))
    return LevelPictures(
        images=tuple(_webp(_cut(views, k), options.webp_quality) for k in views_shown),
        heat=tuple(_webp(paint_values(errors[k], options.top), options.webp_quality) for k in views_shown),
        median=tuple(_quantile(errors[k], 0.5) for k in views_shown),
        p95=tuple(_quantile(errors[k], 0.95) for k in views_shown),
        alone=tuple(_alone(errors[k]) for k in views_shown),
        top=options.top,
        lit=lit,
    )


def _render(mesh: Mesh, cameras: tuple[PinholeCamera, ...], is_clay: bool, options: PictureOptions) -> Views:
    wide, times = [_wide(camera, options) for camera in cameras], options.supersampling
    return clay_views(mesh, wide, times) if is_clay else render_views(mesh, wide, times)


def _lit(mesh: Mesh, camera: PinholeCamera, options: PictureOptions) -> bytes:
    views = lit_views(mesh, [_wide(camera, options)], options.supersampling)
    return _webp(_cut(views, 0), options.webp_quality)


def _wide(camera: PinholeCamera, options: PictureOptions) -> PinholeCamera:
    """Return a camera of which each pixel is `supersampling` pixels, each way."""
    width, height = (pixels * options.supersampling for pixels in (camera.width, camera.height))
    return PinholeCamera(camera.eye, camera.target, camera.up, camera.field_rad, width, height)


def _cut(views: Views, number: int) -> ByteArray:
    """Return (h, w, 4): a view with nothing where nothing was hit."""
    alpha = np.where(views.masks[number], 255, 0).astype(np.uint8)
    return np.concatenate([views.colors[number], alpha[..., None]], axis=2)


def _webp(pixels: ByteArray, quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", quality=quality, alpha_quality=80, method=4)
    return stream.getvalue()


def _quantile(errors: FloatArray, share: float) -> float:
    values = errors[np.isfinite(errors)]
    return round(float(np.quantile(values, share)), 3) if len(values) else 0.0


def _alone(errors: FloatArray) -> float:
    filled = int(np.count_nonzero(~np.isnan(errors)))
    return round(int(np.count_nonzero(np.isinf(errors))) / filled, 5) if filled else 0.0
