"""Measure Carreau beside gltfpack and glTF-Transform on the same scans: `python -m tests.bench --help`."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from carreau.base.levels import DEFAULT_NAMES, LEVELS, OFFERED
from carreau.base.model import Scan
from carreau.models.stages.read import read
from tests.bench import peers, workers
from tests.bench.airborne import model_from_the_air
from tests.bench.alone import adopt_orphans, most_beside, watched
from tests.bench.building_surveys import build_surveys
from tests.bench.checking import check_catalogues, held
from tests.bench.desk import edit_catalogue
from tests.bench.divided_scan import build_divided
from tests.bench.fit import Judge, Wardrobe, brotli_bytes, fit
from tests.bench.gathering import gather_catalogue
from tests.bench.large_scans import make_fine, make_stereo_cloud
from tests.bench.lighthouse import audit_pages
from tests.bench.made_scans import MADE
from tests.bench.messy_scan import make_messy
from tests.bench.moving_map import play_map
from tests.bench.processes import Run, run
from tests.bench.publishing import publish_catalogue
from tests.bench.results import RESULTS, Results
from tests.bench.serving import serve_catalogue
from tests.bench.show import play_show
from tests.bench.table import PAGE, Circumstances, Row, page, place, put
from tests.bench.visiting import visit_pages

SCANS = {
    "venus_statue_obj": "venus_statue.obj",
    "venus_statue_gltf_draco": "venus.gltf",
    "vertexcolour_ply": "ankylosaurus_mesh.ply",
    "column_obj": "column03.obj",
    "venus_glb": "venus.glb",
    "whale_cranium_glb": "whale_cranium.glb",
    "castle": "venus_statue_obj/venus_statue.obj",
    "bronze": "venus_glb/venus.glb",
}
"""Files in folders of the same name; of those that `made_scans` makes, the scan that they are made from."""

CLOUDS = {"lion_copc_laz": "lion_takanawa.copc.laz", "brighton_beach_laz": "model.laz", "pump_e57": "pump.e57"}
PARTS = (
    "times",
    "clouds",
    "airborne",
    "workers",
    "large",
    "divided",
    "catalogue",
    "publish",
    "server",
    "visit",
    "lighthouse",
    "map",
    "show",
    "desk",
    "survey",
)
PLAIN = ("venus_glb", "whale_cranium_glb")
"""Scans of one colour: their pictures show geometry only, so they count in no median."""

CLOUD_MOST_S = {"lion_copc_laz": 35, "pump_e57": 30}
"""Goals for the levels that are offered."""

TIMED = "venus_statue_obj"
LARGE_SOURCE_TRIANGLES, LARGE_TRIANGLES = 597_703, 5_379_327


def main() -> None:
    """Measure what is named; write it as JSON beside the page of the documentation, and the page from it."""
    chosen = _arguments()
    peers.require()
    adopt_orphans()
    day, here = f"{datetime.now(UTC):%Y-%m-%d}", place(peers.versions())
    everything = Results.read(chosen.json)
    results, disturbed = everything.measured_at(here), list[str]()
    if gone := sorted(everything.measured.keys() - results.measured.keys()):
        print(f"measured elsewhere, and left out from now on: {', '.join(gone)}", file=sys.stderr)
    if chosen.work is not None:
        chosen.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="carreau-bench-", dir=chosen.work) as folder:
        for name in chosen.names:
            if chosen.missing and name in results.measured:
                continue
            print(f"== {name}", flush=True)
            with watched(name):
                rows, notes = _measure(name, chosen, Path(folder))
            print(*rows, *notes, sep="\n", flush=True)
            worst = most_beside()
            found = Circumstances(day, here, round(worst.cores, 3))
            if found.is_alone:
                results.replace(name, found, rows, notes)
                _write(results, chosen)
            else:
                print(
                    f"  not kept: others used {worst.cores:.2f} cores during {worst.name}", file=sys.stderr, flush=True
                )
                disturbed.append(name)
    if results.measured:
        _write(results, chosen)  # where nothing was measured, the page may be made in another way than it was
    if disturbed:
        sys.exit(f"others used the machine; when nothing else runs: python -m tests.bench {' '.join(disturbed)}")


def _write(results: Results, chosen: argparse.Namespace) -> None:
    results.rows.sort(key=lambda row: list(SCANS).index(row.scan))
    results.write(chosen.json)
    put(chosen.page, page(results.rows, results.notes, results.measured, (*SCANS, *PARTS)))


def _measure(name: str, chosen: argparse.Namespace, work: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of a scan, or what a part found."""
    if name in SCANS:
        path = chosen.scans / name / SCANS[name]
        if name in MADE:
            path = MADE[name](chosen.scans / SCANS[name], work / "made" / name)
        return list(_compare(name, path, list(OFFERED), work / name)), []
    return [], _parts(chosen, work)[name]()


def _parts(chosen: argparse.Namespace, work: Path) -> dict[str, Callable[[], list[str]]]:
    """Return what is measured beside the peers, by name."""
    scans = chosen.scans
    return {
        "times": lambda: _times(scans / TIMED / SCANS[TIMED], work / "times"),
        "clouds": lambda: _clouds(scans, work / "clouds"),
        "airborne": model_from_the_air,
        "workers": lambda: _workers(scans, work / "workers"),
        "large": lambda: _large(scans, work / "large", chosen.large),
        "divided": lambda: build_divided(scans, work / "divided"),
        "catalogue": lambda: check_catalogues(work / "catalogue"),
        "publish": lambda: publish_catalogue(work / "publish", chosen.models),
        "server": lambda: serve_catalogue(work / "server", chosen.models),
        "visit": lambda: visit_pages(work / "visit", scans / TIMED / SCANS[TIMED], chosen.models),
        "lighthouse": lambda: audit_pages(work / "lighthouse", scans / TIMED / SCANS[TIMED], chosen.models),
        "map": lambda: play_map(work / "map"),
        "show": lambda: play_show(work / "show"),
        "desk": lambda: edit_catalogue(work / "desk"),
        "survey": lambda: [*gather_catalogue(work / "survey"), *build_surveys(work / "survey" / "at-once")],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    project = Path(__file__).parents[2]
    parser.add_argument("--scans", type=Path, default=project.parent / "shared" / "scans", help="folder of the scans")
    parser.add_argument("names", nargs="*", help=f"what to measure (all): {', '.join((*SCANS, *PARTS))}")
    parser.add_argument("--missing", action="store_true", help="leave out what the JSON has")
    parser.add_argument("--large", type=Path, default=project / "build" / "large", help="where the large scan is made")
    parser.add_argument(
        "--models", type=Path, default=project / "build" / "models", help="models of the catalogue, where it is built"
    )
    parser.add_argument("--work", type=Path, default=None, help="where temporary files go; it is made")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the numbers are kept")
    parser.add_argument("--page", type=Path, default=PAGE, help="page whose section is written from them")
    chosen = parser.parse_args()
    chosen.names = chosen.names or [*SCANS, *PARTS]
    if unknown := [name for name in chosen.names if name not in (*SCANS, *PARTS)]:
        parser.error(f"not known: {', '.join(unknown)}; there are {', '.join((*SCANS, *PARTS))}")
    return chosen


def carreau(scan: Path, out: Path, cache: Path, levels: Sequence[str] = DEFAULT_NAMES) -> Run:
    """Run the command as a person would, with a cache of its own."""
    command = [sys.executable, "-m", "carreau.command.cli", "model", str(scan), "--out", str(out), "--quiet"]
    return run([*command, "--levels", ",".join(levels)], {"CARREAU_CACHE": str(cache)})


def _compare(name: str, path: Path, levels: list[str], work: Path) -> Iterator[Row]:
    """Yield our row and each peer's, level by level."""
    work.mkdir(parents=True)
    ours = carreau(path, work / "ours", work / "cache", levels)
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
    figures = error.psnr_db, error.ssim, ours.seconds, ours.cpu_seconds, ours.peak_bytes
    return Row(name, level, "carreau", length, triangles, *figures, decides=name not in PLAIN, lit_db=error.lit_db)


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
        made_in = best.geometry.run
        figures = best.error.psnr_db, best.error.ssim, made_in.seconds, made_in.cpu_seconds, made_in.peak_bytes
        length, triangles = best.brotli_bytes, best.geometry.triangles
        yield Row(
            mine.scan, mine.level, peer, length, triangles, *figures, best.within, mine.decides, best.error.lit_db
        )


def _times(path: Path, work: Path) -> list[str]:
    """Time all levels beside `gltf-transform optimize` once a level, then a second run of ours."""
    work.mkdir(parents=True)
    first, second = (carreau(path, work / "ours", work / "cache", OFFERED) for _ in range(2))
    scan = read(path)
    source = peers.convert(path, scan, work).gltf_transform
    theirs = [
        peers.stock_optimize(
            source, work / "peer.glb", min(1, level.triangles / len(scan.mesh.faces)), level.texture_px
        )
        for level in map(LEVELS.__getitem__, OFFERED)
    ]
    total = sum(one.seconds for one in theirs)
    return [
        f"{TIMED}, all levels, poster and measurements: {first.took()}, {first.peak_bytes / 1e9:.2f} GB; "
        f"`gltf-transform optimize` once per level: {total:.1f} s ({sum(one.cpu_seconds for one in theirs):.1f} s of "
        f"CPU; {first.seconds / total:.2f} times as long)",
        f"{TIMED}, second run without changes: {second.took(2)}",
    ]


def _clouds(scans: Path, work: Path) -> list[str]:
    """Make models of point clouds; say how like the points they look."""
    notes = []
    for name, file in CLOUDS.items():
        made = carreau(scans / name / file, work / name, work / "cache")
        report = json.loads((work / name / "report.json").read_text("utf-8"))
        likeness = ", ".join(f"{level['name']} {level['error']['psnr_db']:.1f} dB" for level in report["levels"])
        three = carreau(scans / name / file, work / f"{name}-three", work / "cache-three", OFFERED)
        most = f" ({held(three.seconds, CLOUD_MOST_S[name])} {CLOUD_MOST_S[name]} s)" if name in CLOUD_MOST_S else ""
        cost = f"{made.took(0)}, {made.peak_bytes / 1e9:.1f} GB; {', '.join(OFFERED)} alone: {three.took(0)}{most}"
        notes.append(f"{name}, compared with its {report['scan']['points']:,} points: {likeness}; {cost}")
    return notes


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
    small = carreau(scans / TIMED / SCANS[TIMED], work / "small", work / "small-cache")
    large = carreau(path, work / "ours", work / "cache")
    script = "import sys, pathlib; from carreau.models.stages.read import read; read(pathlib.Path(sys.argv[1]))"
    reading = run([sys.executable, "-c", script, str(path)])
    ratio = f"{LEVELS['phone'].triangles / LARGE_TRIANGLES:.5f}"
    theirs = run([peers.GLTFPACK, "-i", str(path), "-o", str(work / "peer.glb"), "-cc", "-si", ratio])
    source = scans / TIMED / SCANS[TIMED]
    messy = carreau(make_messy(source, work / "messy"), work / "ours-messy", work / "messy-cache")
    fine = carreau(make_fine(source, work / "fine"), work / "ours-fine", work / "fine-cache")
    stereo = carreau(make_stereo_cloud(source, work / "stereo"), work / "ours-stereo", work / "stereo-cache")
    growth, triangles = large.seconds / small.seconds, LARGE_TRIANGLES / LARGE_SOURCE_TRIANGLES
    return [
        f"5.4 M triangles, 8192², all levels, AR pair and report: {large.took(0)}, "
        f"{large.peak_bytes / 1e9:.2f} GB; {growth:.1f} times the time of {TIMED} for {triangles:.1f} times the "
        "triangles",
        f"1.9 M messy triangles with 2,000 loose pieces, all levels: {messy.took(0)}, {messy.peak_bytes / 1e9:.2f} GB",
        f"9.6 M triangles, 4096², all levels: {fine.took(0)}, {fine.peak_bytes / 1e9:.2f} GB",
        f"a stereo cloud of 10 M points, all levels: {stereo.took(0)}, {stereo.peak_bytes / 1e9:.2f} GB",
        f"reading the scan of 5.4 M triangles, including the start of Python: {reading.took()}; complete run of "
        f"gltfpack: {theirs.took()} ({reading.seconds / theirs.seconds:.1f} times as long)",
    ]


if __name__ == "__main__":
    main()
