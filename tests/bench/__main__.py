"""Measure Carreau beside gltfpack and glTF-Transform on the same scans: `python -m tests.bench --help`."""

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.levels import LEVELS
from pipeline.model import Scan
from pipeline.stages.read import read
from tests.bench import peers, workers
from tests.bench.fit import Judge, Wardrobe, brotli_bytes, fit
from tests.bench.processes import Run, run
from tests.bench.table import Row, page, put

SCANS = {
    "venus_statue_obj": "venus_statue.obj",
    "venus_statue_gltf_draco": "venus.gltf",
    "vertexcolour_ply": "ankylosaurus_mesh.ply",
    "column_obj": "column03.obj",
    "venus_glb": "venus.glb",
    "whale_cranium_glb": "whale_cranium.glb",
}
PLAIN = ("venus_glb", "whale_cranium_glb")
"""Scans of one colour: their pictures show geometry only, so they count in no median."""

TIMED = "venus_statue_obj"
LARGE_SOURCE_TRIANGLES, LARGE_TRIANGLES = 597_703, 5_379_327


def main() -> None:
    """Measure what was asked for; print it, keep it as JSON, and write the README's table."""
    chosen = _arguments()
    peers.require()
    rows: list[Row] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="carreau-bench-", dir=chosen.work) as folder:
        work = Path(folder)
        for name in chosen.only:
            rows += list(_compare(name, chosen.scans / name / SCANS[name], chosen.levels, work / name))
            print(*rows[-3 * len(chosen.levels) :], sep="\n", flush=True)
        if TIMED in chosen.only and not chosen.no_times:
            notes += _times(chosen.scans / TIMED / SCANS[TIMED], work / "times")
        if not chosen.no_workers:
            notes += _workers(chosen.scans, work / "workers")
        if chosen.large:
            notes += _large(chosen.scans, work / "large", chosen.large)
    _publish(rows, notes, chosen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    project = Path(__file__).parents[2]
    parser.add_argument("--scans", type=Path, default=project.parent / "shared" / "scans", help="folder of the scans")
    parser.add_argument("--only", nargs="+", choices=SCANS, default=list(SCANS), help="scans to measure on (all)")
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=list(LEVELS), help="levels to compare (all)")
    parser.add_argument("--no-times", action="store_true", help="leave out the comparison of whole runs")
    parser.add_argument("--no-workers", action="store_true", help="leave out two workers and a Dask cluster")
    parser.add_argument("--large", type=Path, nargs="?", const=project / "build" / "large", default=None, metavar="DIR")
    parser.add_argument("--work", type=Path, default=None, help="where temporary files go")
    parser.add_argument("--json", type=Path, default=project / "build" / "bench.json", help="where the numbers go")
    parser.add_argument("--readme", type=Path, default=project / "README.md", help="page that gets the table")
    parser.add_argument("--no-readme", action="store_true", help="leave the README as it is")
    return parser.parse_args()


def carreau(scan: Path, out: Path, cache: Path) -> Run:
    """Run the command as a person would, with a cache of its own."""
    command = [sys.executable, "-m", "pipeline.cli", "model", str(scan), "--out", str(out), "--quiet"]
    return run(command, {"CARREAU_CACHE": str(cache)})


def _compare(name: str, path: Path, levels: list[str], work: Path) -> Iterator[Row]:
    """Yield our row and each peer's, level by level."""
    work.mkdir(parents=True)
    print(f"== {name}", flush=True)
    ours = carreau(path, work / "ours", work / "cache")
    scan = read(path)
    judge = Judge.of(scan, work / "ours" / f"{levels[0]}.glb")
    wardrobe, sources = Wardrobe.of(scan.mesh), peers.convert(path, scan, work)
    for level in levels:
        mine = _our_row(name, level, work / "ours" / f"{level}.glb", ours, judge)
        yield mine
        yield from _peer_rows(mine, scan, sources, wardrobe, judge, work)


def _our_row(name: str, level: str, path: Path, ours: Run, judge: Judge) -> Row:
    triangles = len(read(path).mesh.faces)
    error, length = judge.ours(path), brotli_bytes(path.read_bytes())
    figures = error.psnr_db, error.ssim, ours.seconds, ours.peak_bytes
    return Row(name, level, "carreau", length, triangles, *figures, decides=name not in PLAIN)


def _peer_rows(
    mine: Row, scan: Scan, sources: peers.Sources, wardrobe: Wardrobe, judge: Judge, work: Path
) -> Iterator[Row]:
    made = list(peers.geometries(sources, scan, mine.triangles, work))
    for peer in peers.PEERS:
        goal = mine.triangles, mine.bytes, LEVELS[mine.level].texture_px
        best = fit(peer, made, wardrobe, judge, goal, work)
        if best is None:
            print(f"  {peer}: nothing it makes fits {mine.level}", flush=True)
            continue
        figures = best.error.psnr_db, best.error.ssim, best.geometry.run.seconds, best.geometry.run.peak_bytes
        length, triangles = best.brotli_bytes, best.geometry.triangles
        yield Row(mine.scan, mine.level, peer, length, triangles, *figures, best.within, mine.decides)


def _times(path: Path, work: Path) -> list[str]:
    """Time all levels beside `gltf-transform optimize` once a level, then a second run of ours."""
    work.mkdir(parents=True)
    first = carreau(path, work / "ours", work / "cache")
    second = carreau(path, work / "ours", work / "cache")
    scan = read(path)
    source = peers.convert(path, scan, work).gltf_transform
    theirs = [
        peers.stock_optimize(
            source, work / "peer.glb", min(1, level.triangles / len(scan.mesh.faces)), level.texture_px
        )
        for level in LEVELS.values()
    ]
    total = sum(one.seconds for one in theirs)
    return [
        f"{TIMED}, all levels, poster and measuring: {first.seconds:.1f} s, {first.peak_bytes / 1e9:.2f} GB; "
        f"`gltf-transform optimize` once a level: {total:.1f} s ({first.seconds / total:.2f} times as long)",
        f"{TIMED} again, unchanged: {second.seconds:.2f} s",
    ]


def _workers(scans: Path, work: Path) -> list[str]:
    """Time four scans on one worker and on two, and compare what each executor makes byte for byte."""
    four = [scans / name / SCANS[name] for name in workers.FOUR]
    return [workers.gain(four, work), workers.same_bytes(four[:2], work)]


def _large(scans: Path, work: Path, folder: Path) -> list[str]:
    """Build the 5.4 M triangle scan where it is not there yet; say how memory and time grow."""
    path = folder / "large_statue.obj"
    if not path.is_file():
        subprocess.run([sys.executable, str(scans / "make_large.py"), str(folder)], check=True)
    work.mkdir(parents=True)
    small = carreau(scans / TIMED / SCANS[TIMED], work / "small", work / "cache")
    large = carreau(path, work / "ours", work / "cache")
    script = "import sys, pathlib; from pipeline.stages.read import read; read(pathlib.Path(sys.argv[1]))"
    reading = run([sys.executable, "-c", script, str(path)])
    ratio = f"{LEVELS['phone'].triangles / LARGE_TRIANGLES:.5f}"
    theirs = run([peers.GLTFPACK, "-i", str(path), "-o", str(work / "peer.glb"), "-cc", "-si", ratio])
    growth, triangles = large.seconds / small.seconds, LARGE_TRIANGLES / LARGE_SOURCE_TRIANGLES
    return [
        f"5.4 M triangles, 8192²: {large.seconds:.0f} s, {large.peak_bytes / 1e9:.2f} GB; {growth:.1f} times the time "
        f"of {TIMED} for {triangles:.1f} times the triangles",
        f"reading it, Python's start included: {reading.seconds:.1f} s; gltfpack's whole run: {theirs.seconds:.1f} s "
        f"({reading.seconds / theirs.seconds:.1f} times as long)",
    ]


def _publish(rows: list[Row], notes: list[str], chosen: argparse.Namespace) -> None:
    versions = peers.versions()
    text = page(rows, notes, versions)
    print(text)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    tree = {"rows": [dataclasses.asdict(row) for row in rows], "notes": notes, "versions": versions}
    chosen.json.write_text(json.dumps(tree, indent=2) + "\n", "utf-8")
    if not chosen.no_readme:
        put(chosen.readme, text)


if __name__ == "__main__":
    main()
