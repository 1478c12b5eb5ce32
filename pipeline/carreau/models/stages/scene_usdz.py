"""USDZ files of authored scenes: writing and reading back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pxr import Gf, Usd, UsdSkel

from carreau.base.model import Mesh
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_factors import with_written_factors
from carreau.formats.gltf_scene import usd_scene
from carreau.formats.gltf_scene.usd_scene import UsdzScene
from carreau.formats.writers import usdz_read
from carreau.formats.writers.usdz import UsdzAbout
from carreau.geometry.mesh_difference import differences


def pack_usdz(glb: bytes, about: UsdzAbout) -> UsdzScene:
    """Return the scene of a plain GLB as USDZ; see `carreau.formats.gltf_scene.usd_scene.write`."""
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
            return usdz_read.read(path)
        _hold_still(stage)
        UsdSkel.BakeSkinning(stage.Traverse(), Gf.Interval(0, 0))
        _settle(stage)
        stage.Export(str(flat))
        return usdz_read.read(flat)


def compare_glb(glb: bytes, shown: Mesh) -> tuple[str, ...]:
    """Return what differs between a plain GLB and what its USDZ shows at rest; see `mesh_difference.differences`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.glb"
        path.write_bytes(glb)
        return differences(with_written_factors(gltf.read(path).mesh, glb), shown)


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
