"""The two files of an AR pair: written as USDZ, scaled for a table, read back, and compared."""

from __future__ import annotations

import io
import json
import math
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pxr import Gf, Usd, UsdGeom, UsdSkel

from carreau.base.errors import ValidationError
from carreau.base.levels import table_scale
from carreau.base.messages import Number, message
from carreau.base.model import Mesh
from carreau.formats.gltf import gltf, usd_scene
from carreau.formats.gltf.gltf_materials import with_written_factors
from carreau.formats.gltf.scene import scale_roots
from carreau.formats.gltf.usd_scene import UsdzScene
from carreau.formats.writers import usdz_files
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.formats.writers.zip_packages import StoredZip
from carreau.geometry.mesh_parts import bounding_box, bounding_sphere, finite_part
from carreau.geometry.render.camera import fibonacci_views
from carreau.geometry.render.image_metrics import psnr_db, silhouette_difference, ssim
from carreau.geometry.render.views import render_views
from carreau.geometry.triangles import MOST_DEG, about, mesh_differences, normals_deg

LEAST_DB = 45.0
"""Below this the two files would not show the same thing. They hold the same numbers, and come out far above."""


@dataclass(frozen=True)
class ComparePairOptions:
    """How closely to look: as `measure` looks at what is published.

    views : cameras on a Fibonacci sphere around the scan, 1 or more
    size_px : edge of the square pictures that are compared, 11 or more
    supersampling : rays a pixel, each way, 1 or more
    """

    views: int = 12
    size_px: int = 768
    supersampling: int = 2


@dataclass(frozen=True)
class PairComparison:
    """How alike the GLB and the USDZ of a pair are.

    psnr_db : of the one's pictures against the other's, infinite when no pixel differs
    ssim : 1 when no pixel differs
    silhouette : share of the pixels that only one of both fills
    normals_deg : largest angle between their normals, which the pictures do not show
    size_m : (x, y, z) edges of the USDZ's bounding box in metres
    ground_m : height of the USDZ's lowest point
    pictures : slots whose encoded images are the same bytes in both
    views, size_px : how it was looked at; 0 where all numbers and images are the same, and nothing was rendered
    """

    psnr_db: float
    ssim: float
    silhouette: float
    normals_deg: float
    size_m: tuple[float, float, float]
    ground_m: float
    pictures: tuple[str, ...]
    views: int
    size_px: int


def compare_ar_pair(
    scan: Mesh, glb: bytes, usdz: bytes, options: ComparePairOptions = ComparePairOptions()
) -> PairComparison:
    """Read both files with a library of each format's own; if anything differs, look at them from the same places.

    Two files with the same triangles, materials and images, corner by corner, are not rendered: it takes 2 to 4 s, to
    find that no pixel differs.

    Raises ValidationError where pictures differ by more than `LEAST_DB`, or images or normals differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "model.glb", Path(folder) / "model.usdz"
        for path, data in zip(paths, (glb, usdz), strict=True):
            path.write_bytes(data)
        one, other = with_written_factors(gltf.read(paths[0]).mesh, glb), usdz_files.read(paths[1])
    slots, turned_deg = _same_images(one, other), normals_deg(one, other)
    if mesh_differences(one, other):
        likeness = _render(finite_part(scan), one, other, options)
    else:
        likeness = PairLikeness(math.inf, 1.0, 0.0, 0, 0)
    _refuse_difference(likeness.psnr_db, turned_deg)
    box = bounding_box(other.positions, other.faces)
    width, height, depth = (float(side) for side in box.sides)
    return PairComparison(
        psnr_db=likeness.psnr_db,
        ssim=likeness.ssim,
        silhouette=likeness.silhouette,
        normals_deg=turned_deg,
        size_m=(width, height, depth),
        ground_m=float(box.low[1]),
        pictures=slots,
        views=likeness.views,
        size_px=likeness.size_px,
    )


@dataclass(frozen=True)
class PairLikeness:
    """How alike pictures of the two are; fields as in `PairComparison`."""

    psnr_db: float
    ssim: float
    silhouette: float
    views: int
    size_px: int


def _render(scan: Mesh, one: Mesh, other: Mesh, options: ComparePairOptions) -> PairLikeness:
    """Return how alike the two look from around the scan."""
    eyes = fibonacci_views(*bounding_sphere(scan), options.views, options.size_px * options.supersampling)
    views = [render_views(about(mesh, scan.origin), eyes, options.supersampling) for mesh in (one, other)]
    return PairLikeness(psnr_db(*views), ssim(*views), silhouette_difference(*views), options.views, options.size_px)


def _refuse_difference(likeness_db: float, normals_deg: float) -> None:
    if likeness_db < LEAST_DB:
        raise ValidationError(
            message(
                "pictures of the USDZ and GLB files have a PSNR of %(psnr)s dB, below the required %(limit)s dB",
                psnr=Number(likeness_db, ".1f"),
                limit=Number(LEAST_DB, "g"),
            )
        )
    if normals_deg > MOST_DEG:
        raise ValidationError(
            message("the normals of the USDZ and GLB files differ by %(angle)s°", angle=Number(normals_deg, ".1f"))
        )


def _same_images(one: Mesh, other: Mesh) -> tuple[str, ...]:
    """Return the slots of textures that both have, with the same bytes. Raises ValidationError where any is not."""
    slots = []
    for slot in ("base", "normal", "occlusion"):
        left, right = (getattr(mesh.materials[0], slot) for mesh in (one, other))
        if (left is None) != (right is None) or (left is not None and left.texture.data != right.texture.data):
            raise ValidationError(message("the USDZ and GLB files have different %(slot)s images", slot=slot))
        slots += [slot] if left is not None else []
    return tuple(slots)


def as_json(agreement: PairComparison) -> dict[str, object]:
    """Return plain values; an infinite PSNR is None, for JSON has no infinity."""
    values = dict(vars(agreement))
    return {**values, "psnr_db": None if math.isinf(agreement.psnr_db) else agreement.psnr_db}


_HEADER_BYTES, _CHUNK_HEADER_BYTES = 12, 8
_NODE = "on a table"
SCALE_KEY = "table_scale"


@dataclass(frozen=True)
class TablePair:
    """The pair for a table.

    scale : of its root; 1 if the pair itself fits a table, which needs no other
    glb, usdz : empty with a scale of 1
    """

    scale: float
    glb: bytes = b""
    usdz: bytes = b""


def make_table_pair(glb: bytes, usdz: bytes, is_size_known: bool) -> TablePair:
    """Return the pair scaled to a table; the same arguments give the same bytes.

    glb : plain, as `carreau.models.stages.pack` and `carreau.models.stages.pack` write it
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.usdz"
        path.write_bytes(usdz)
        scale = table_scale(_size_m(path), is_size_known)
        if scale == 1:
            return TablePair(scale)
        return TablePair(scale, scaled_glb(glb, scale), _scaled_usdz(path, scale, Path(folder)))


def scaled_glb(glb: bytes, scale: float) -> bytes:
    """Return a GLB whose scenes hang on one node with a scale; its binary part is unchanged."""
    start = _HEADER_BYTES + _CHUNK_HEADER_BYTES
    end = start + int.from_bytes(glb[_HEADER_BYTES : _HEADER_BYTES + 4], "little")
    document = json.loads(glb[start:end])
    scale_roots(document, scale, name=_NODE)
    document["asset"].setdefault("extras", {}).update({"scale": "free", SCALE_KEY: scale})
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    size = _HEADER_BYTES + _CHUNK_HEADER_BYTES + len(text) + len(glb) - end
    return b"".join((glb[:8], size.to_bytes(4, "little"), len(text).to_bytes(4, "little"), b"JSON", text, glb[end:]))


def _size_m(path: Path) -> tuple[float, float, float]:
    """Return the edges of the box around what a USDZ shows at rest, in metres."""
    stage = Usd.Stage.Open(str(path))
    boxes = UsdGeom.BBoxCache(Usd.TimeCode.EarliestTime(), [UsdGeom.Tokens.default_])
    size = boxes.ComputeWorldBound(stage.GetPseudoRoot()).ComputeAlignedRange().GetSize()
    unit = UsdGeom.GetStageMetersPerUnit(stage)
    return (size[0] * unit, size[1] * unit, size[2] * unit)


def _scaled_usdz(path: Path, scale: float, folder: Path) -> bytes:
    """Return a USDZ with a scale on its default prim; its other files are unchanged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as package, StoredZip(stream) as scaled:
        layer, *others = package.namelist()
        source, target = folder / f"from-{layer}", folder / layer
        source.write_bytes(package.read(layer))
        stage = Usd.Stage.Open(str(source), load=Usd.Stage.LoadNone)
        root = UsdGeom.Xformable(stage.GetDefaultPrim())
        root.AddScaleOp(UsdGeom.XformOp.PrecisionFloat).Set(Gf.Vec3f(scale))
        written = stage.GetRootLayer()
        written.customLayerData = {**written.customLayerData, "scale": "free", SCALE_KEY: scale}
        # Saving in place would append to the file, and keep what was replaced.
        written.Export(str(target))
        del stage, written
        scaled.add(layer, target.read_bytes())
        for name in others:
            scaled.add(name, package.read(name))
    return stream.getvalue()


def pack_usdz(glb: bytes, about: UsdzAbout) -> UsdzScene:
    """Return the scene of a plain GLB as USDZ; see `carreau.formats.gltf.usd_scene.write`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.glb"
        path.write_bytes(glb)
        return usd_scene.write(path, about)


def read_usdz(usdz: bytes) -> Mesh:
    """Return what a USDZ shows at rest, its skins put on by USD itself."""
    with tempfile.TemporaryDirectory() as folder:
        path, flat = Path(folder) / "model.usdz", Path(folder) / "flat.usdc"
        path.write_bytes(usdz)
        stage = Usd.Stage.Open(str(path))
        if not any(prim.IsA(UsdSkel.Root) for prim in stage.Traverse()):
            return usdz_files.read(path)
        _hold_still(stage)
        UsdSkel.BakeSkinning(stage.Traverse(), Gf.Interval(0, 0))
        _settle(stage)
        stage.Export(str(flat))
        return usdz_files.read(flat)


def compare_glb(glb: bytes, shown: Mesh) -> tuple[str, ...]:
    """Return what differs between a plain GLB and what its USDZ shows at rest; see `mesh_difference.differences`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.glb"
        path.write_bytes(glb)
        return mesh_differences(with_written_factors(gltf.read(path).mesh, glb), shown)


def _hold_still(stage: Usd.Stage) -> None:
    """Let what moves stand as it rests: a value of the session is stronger than the samples of the file."""
    stage.SetEditTarget(stage.GetSessionLayer())
    for prim in stage.Traverse():
        for attribute in prim.GetAttributes():
            if attribute.GetNumTimeSamples():
                attribute.Set(attribute.Get(Usd.TimeCode.Default()))


def _settle(stage: Usd.Stage) -> None:
    """Take what was baked at the beginning for what is always so."""
    for prim in stage.Traverse():
        for attribute in prim.GetAttributes():
            if attribute.GetNumTimeSamples():
                value = attribute.Get(Usd.TimeCode(0))
                attribute.Clear()
                attribute.Set(value)
