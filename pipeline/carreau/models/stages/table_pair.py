"""The AR pair for a table: the same two files with a scale at the root, so that no phone shows a tower at full size.

Triangles and textures are the same bytes. Neither Scene Viewer nor Quick Look documents a size to begin with, so each
file carries its own.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pxr import Gf, Usd, UsdGeom

from carreau.base.ar_sizes import table_scale
from carreau.formats.gltf_scene.root_scale import scale_roots
from carreau.formats.writers.stored_zip import StoredZip

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

    glb : plain, as `carreau.models.stages.pack` and `carreau.models.stages.scene_pack` write it
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
