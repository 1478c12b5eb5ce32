"""Drive gltfpack and glTF-Transform as well as a skilled user would."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.base.model import Mesh, Scan
from carreau.base.tools import node
from carreau.geometry.render.sampling import to_linear
from tests.bench.glb import Undressed, join, split, undress
from tests.bench.processes import FailedError, Run, run

GLTFPACK, GLTF_TRANSFORM = "gltfpack", "gltf-transform"
PEERS = (GLTFPACK, GLTF_TRANSFORM)
CLI = Path(__file__).parent / "node_modules" / "@gltf-transform" / "cli" / "bin" / "cli.js"
SHARES = (1.0, 0.998, 0.7, 0.45)
"""Of the triangles that are allowed: a little less, for they do not always hit it; fewer leave more for the texture."""

LOOSE = ["-se", "0.3"]
"""The most error that gltfpack takes without collapsing parts whole (at 1 it leaves 400 triangles of 600,000)."""

PRECISIONS: tuple[list[str], ...] = (
    [],
    ["-vp", "12"],
    ["-vp", "11", "-vt", "10"],
    ["-vt", "14"],
    ["-vp", "16", "-vt", "16"],
)
COLOR_PRECISIONS: tuple[list[str], ...] = ([], ["-vp", "12"], ["-vp", "16", "-vc", "10"], ["-vp", "16", "-vc", "12"])

FINE = {"position": 16, "texcoord": 16, "color": 12, "normal": 8}
MIDDLING = {"position": 14, "texcoord": 12, "color": 8, "normal": 8}
COARSE = {"position": 12, "texcoord": 12, "color": 8, "normal": 8}


@dataclass(frozen=True, eq=False)
class Sources:
    """The scan in files that each peer reads."""

    gltfpack: Path
    gltf_transform: Path


@dataclass(frozen=True, eq=False)
class Geometry:
    """One of a peer's models, still to be dressed."""

    peer: str
    model: Undressed
    triangles: int
    sloppy: bool
    run: Run
    command: str


def versions() -> dict[str, str]:
    """Return the peers' versions."""
    said = run([GLTFPACK, "-v"]).output.split()[1], run([str(node()), str(CLI), "--version"]).output.strip()
    return dict(zip(PEERS, said, strict=True))


def require() -> None:
    """Leave with a cure when a peer is missing."""
    if shutil.which(GLTFPACK) is None:
        sys.exit("gltfpack is missing: apt-get install gltfpack")
    if not CLI.is_file():
        sys.exit("@gltf-transform/cli is missing: run `make bench`, which installs it")


def convert(path: Path, scan: Scan, folder: Path) -> Sources:
    """Write the scan losslessly as GLB where a peer cannot read it itself, or would read other colours than we do."""
    plain = folder / "plain.glb"
    if path.suffix.lower() == ".obj":
        run([GLTFPACK, "-i", str(path), "-o", str(plain), "-noq", "-kv", "-km"])
        plain.write_bytes(_with_colors_of(scan.mesh, plain.read_bytes()))
        return Sources(plain, plain)
    if path.suffix.lower() == ".ply":
        plain.write_bytes(color_glb(scan.mesh))
        return Sources(plain, plain)
    if "Draco" in scan.facts.detail:
        run([str(node()), str(CLI), "copy", str(path), str(folder / "copy.glb")])
        run([str(node()), str(CLI), "dequantize", str(folder / "copy.glb"), str(plain)])
        return Sources(plain, path)
    return Sources(path, path)


def _with_colors_of(mesh: Mesh, glb: bytes) -> bytes:
    """Set each material's colour to what the scan's reader makes of it.

    gltfpack takes an MTL's Kd for linear light and we for sRGB, as three.js does. On a statue whose flat base plate has
    Kd 0.8 that alone would cost a peer 6 dB, which says nothing about its work.
    """
    tree, binary = split(glb)
    known = {material.name: material.base_color for material in mesh.materials}
    for material in tree.get("materials", ()):
        if material.get("name") in known:
            material.setdefault("pbrMetallicRoughness", {})["baseColorFactor"] = [*known[material["name"]], 1.0]
    return join(tree, binary)


def color_glb(mesh: Mesh) -> bytes:
    """Return vertex-coloured triangles as a plain GLB; COLOR_0 is linear light by the standard, floats lose nothing."""
    colors = np.full((len(mesh.positions), 3), 255, np.uint8) if mesh.colors is None else mesh.colors
    blocks = (
        mesh.positions.astype("<f4"),
        to_linear(colors.astype(np.float32)).astype("<f4"),
        mesh.faces.astype("<u4"),
    )
    ends = np.cumsum([block.nbytes for block in blocks]).tolist()
    views = [
        {"buffer": 0, "byteOffset": end - block.nbytes, "byteLength": block.nbytes}
        for end, block in zip(ends, blocks, strict=True)
    ]
    bounds = {"min": blocks[0].min(axis=0).tolist(), "max": blocks[0].max(axis=0).tolist()}
    corner = {"componentType": 5126, "count": len(mesh.positions), "type": "VEC3"}
    tree = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": ends[-1]}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, **bounds, **corner},
            {"bufferView": 1, **corner},
            {"bufferView": 2, "componentType": 5125, "count": int(mesh.faces.size), "type": "SCALAR"},
        ],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2, "material": 0}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    return join(tree, b"".join(block.tobytes() for block in blocks))


def geometries(sources: Sources, scan: Scan, most_triangles: int, folder: Path) -> Iterator[Geometry]:
    """Yield what both peers make of a scan within a number of triangles, and the least they reach where they cannot."""
    ratio = min(1.0, most_triangles / len(scan.mesh.faces))
    known: set[tuple[str, bytes]] = set()
    for peer, steps in _recipes(sources, ratio, scan.mesh.colors is not None):
        out, between = folder / f"{peer}.glb", folder / f"{peer}.between.glb"
        places = {"OUT": str(out), "BETWEEN": str(between)}
        try:
            done = _run_all([[places.get(part, part) for part in step] for step in steps])
        except FailedError as failure:
            print(f"  {failure}", file=sys.stderr)
            continue
        model = undress(out.read_bytes())
        if (peer, model.binary) in known:
            continue
        known.add((peer, model.binary))
        command = " && ".join(" ".join(step) for step in steps)
        yield Geometry(peer, model, model.triangle_count, "-sa" in steps[0], done, command)


def _run_all(steps: list[list[str]]) -> Run:
    runs = [run(step) for step in steps]
    cpu_seconds = sum(one.cpu_seconds for one in runs)
    return Run(sum(one.seconds for one in runs), cpu_seconds, max(one.peak_bytes for one in runs), "")


def _recipes(sources: Sources, ratio: float, colored: bool) -> Iterator[tuple[str, list[list[str]]]]:
    for share in (ratio * share for share in SHARES):
        whole = share == 1
        for precision in COLOR_PRECISIONS if colored else PRECISIONS:
            for mode in [[]] if whole else [[], ["-sa"], *([["-sv"]] if colored else [])]:
                fewer = [] if whole else ["-si", f"{share:.6f}", *LOOSE, *mode]
                yield GLTFPACK, [[GLTFPACK, "-i", str(sources.gltfpack), "-o", "OUT", "-cc", *fewer, *precision]]
        fewer = ["--simplify", "false"] if whole else ["--simplify-ratio", f"{share:.6f}", "--simplify-error", "1"]
        start = [str(node()), str(CLI)]
        optimize = [*start, "optimize", str(sources.gltf_transform), "BETWEEN", "--texture-compress", "false", *fewer]
        for bits in FINE, MIDDLING, COARSE:
            quantize = [part for name, count in bits.items() for part in (f"--quantize-{name}", str(count))]
            pack = [*start, "meshopt", "BETWEEN", "OUT", *quantize]
            yield GLTF_TRANSFORM, [[*optimize, "--compress", "false", "--texture-size", "16384"], pack]


def stock_optimize(source: Path, out: Path, ratio: float, texture_px: int) -> Run:
    """Run `gltf-transform optimize` as its manual says, to a share of the triangles and a texture size, as WebP."""
    fewer = ["--simplify-ratio", f"{ratio:.6f}", "--simplify-error", "1"] if ratio < 1 else ["--simplify", "false"]
    texture = ["--texture-compress", "webp", "--texture-size", str(texture_px)]
    start = [str(node()), str(CLI), "optimize", str(source), str(out), "--compress", "meshopt"]
    return run([*start, *texture, *fewer])
