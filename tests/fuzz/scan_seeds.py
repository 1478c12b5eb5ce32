"""Small meshes and point clouds in every format."""

from __future__ import annotations

import functools
import gzip
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import laspy
import numpy as np
from laspy.vlrs.known import WktCoordinateSystemVlr
from PIL import Image

from tests.fuzz.seeds import Seed, checked_e57, in_zip
from tests.pipeline.formats.clouds import test_e57, test_las, test_pcd
from tests.pipeline.formats.meshes.test_collada import COLORED, document
from tests.pipeline.formats.meshes.test_threemf import MODEL, model, packed
from tests.pipeline.formats.test_fuzz import MTL, OBJ, SEEDS

STRIPS = (
    "ply\nformat {} 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n"
    "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
)


def meshes(folder: Path) -> Iterator[Seed]:
    """Yield OBJ with its MTL, PLY, STL, OFF, 3MF and COLLADA."""
    picture = folder / "tex.png"
    Image.new("RGB", (4, 2), (200, 100, 50)).save(picture)
    textures = {name: picture.read_bytes() for name in ("tex.png", "n.png", "ao.png", "t.png", "wall.png")}
    yield Seed("obj", "scan", "scan.obj", OBJ, {"scan.mtl": MTL, **textures}, is_text=True)
    plain = b"".join(b"v %d %d %d\n" % (x, y, x * y % 3) for x in range(6) for y in range(6))
    plain += b"".join(b"f %d %d %d %d\n" % (i, i + 1, i + 7, i + 6) for i in range(1, 30) if i % 6)
    yield Seed("obj-plain", "scan", "scan.obj", plain, is_text=True)
    yield Seed("mtl", "scan", "scan.mtl", MTL, {"scan.obj": OBJ, **textures}, is_text=True, opens="scan.obj")
    for kind, (order, content) in zip(("ascii", "little", "big"), SEEDS[1:4], strict=True):
        yield Seed(f"ply-{kind}", "scan", f"scan.{order}", content, textures, is_text=kind == "ascii")
    strip = [0, 1, 2, 3, -1, 1, 2, 4]
    places = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0)]
    body = b"".join(struct.pack("<3f", *place) for place in places) + struct.pack("<9i", len(strip), *strip)
    yield Seed("ply-strips", "scan", "scan.ply", STRIPS.format("binary_little_endian").encode() + body)
    rows = [" ".join(map(str, row)) for row in (*places, (len(strip), *strip))]
    yield Seed(
        "ply-strips-ascii", "scan", "scan.ply", (STRIPS.format("ascii") + "\n".join(rows)).encode(), is_text=True
    )
    yield Seed("stl-ascii", "scan", "scan.stl", SEEDS[4][1], is_text=True)
    yield Seed("stl", "scan", "scan.stl", SEEDS[5][1])
    yield Seed("off", "scan", "scan.off", SEEDS[6][1], is_text=True)
    yield Seed("3mf-zip", "scan", "scan.3mf", SEEDS[8][1])
    yield Seed("3mf", "scan", "scan.3mf", model(), wrap=functools.partial(in_zip, name=MODEL), is_text=True)
    components = (
        '<object id="2" type="model"><components><component objectid="1" transform="1 0 0 0 1 0 0 0 1 5 5 5"/>'
        '<component objectid="1"/></components></object>'
    )
    nested = model(items='<item objectid="2"/>').replace(b"</resources>", components.encode() + b"</resources>")
    yield Seed("3mf-parts", "scan", "scan.3mf", nested, wrap=functools.partial(in_zip, name=MODEL), is_text=True)
    yield Seed("3mf-deflated", "scan", "scan.3mf", packed({MODEL: model()}))
    yield Seed("dae", "scan", "scan.dae", document(diffuse=COLORED).encode(), is_text=True)
    yield Seed("dae-texture", "scan", "scan.dae", document().encode(), textures, is_text=True)


def clouds(folder: Path) -> Iterator[Seed]:
    """Yield LAS, LAZ, COPC, E57, PCD, XYZ, PTS, and PLY of points."""
    yield from _las(folder)
    yield from _e57(folder)
    for way in test_pcd.WAYS:
        path = test_pcd.write(folder / "a.pcd", test_pcd.rows_of(40), way, "1 2 3 1 0 0 0")
        yield Seed(f"pcd-{way}", "scan", "scan.pcd", path.read_bytes(), is_text=way == "ascii")
    number = np.random.default_rng(2)
    places = number.random((60, 3)).round(3) * [4, 3, 2]
    rows = [" ".join(f"{value:.4g}" for value in row) for row in places]
    colored = [f"{row} {index % 7 / 7:.3f} {index % 256} 90 30" for index, row in enumerate(rows)]
    yield Seed("xyz", "scan", "scan.xyz", "\n".join(rows).encode(), is_text=True)
    yield Seed("pts", "scan", "scan.pts", f"{len(rows)}\n{chr(10).join(colored)}".encode(), is_text=True)
    header = "//X,Y,Z,Intensity,R,G,B\n"
    yield Seed("csv", "scan", "scan.csv", (header + "\n".join(colored).replace(" ", ",")).encode(), is_text=True)
    names = ["x", "y", "z", "nx", "ny", "nz"]
    head = "ply\nformat {} 1.0\nelement vertex 60\n" + "".join(f"property float {name}\n" for name in names)
    head += "property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n"
    body = b"".join(struct.pack("<6f3B", *row, 0, 0, 1, index, 9, 99) for index, row in enumerate(places))
    yield Seed("ply-points", "scan", "scan.ply", head.format("binary_little_endian").encode() + body)
    text = "\n".join(f"{row} 0 0 1 {index} 9 99" for index, row in enumerate(rows))
    yield Seed("ply-points-ascii", "scan", "scan.ply", (head.format("ascii") + text).encode(), is_text=True)


def _las(folder: Path) -> Iterator[Seed]:
    positions = test_las.LAMBERT + np.random.default_rng(3).random((300, 3)) * [40, 30, 10]
    columns: dict[str, Any] = {"intensity": np.arange(300, dtype=np.uint16)}
    tints: dict[str, Any] = dict.fromkeys(("red", "green", "blue"), np.arange(300, dtype=np.uint16) * 200)
    keys = laspy.VLR("LASF_Projection", 34735, "", test_las.geo_keys((1024, 1), (3072, 2154), (3076, 9001)))
    for point_format in (0, 2, 3, 6, 7, 8):
        more = columns | (tints if point_format in (2, 3, 7, 8) else {})
        for suffix in ("las", "laz"):
            path = test_las.write(
                folder / f"a.{suffix}", positions, point_format, records=(keys,) if point_format < 6 else (), **more
            )
            data = path.read_bytes()
            yield Seed(f"{suffix}-{point_format}", "scan", f"scan.{suffix}", data)
            if suffix == "laz":
                yield _points_alone(f"laz-{point_format}-points", data)
    wkt = WktCoordinateSystemVlr(
        'PROJCS["RGF93 / Lambert-93",GEOGCS["RGF93",DATUM["D",SPHEROID["GRS 1980",6378137,298.257222101]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic_2SP"],'
        'PARAMETER["latitude_of_origin",46.5],PARAMETER["central_meridian",3],PARAMETER["standard_parallel_1",49],'
        'PARAMETER["standard_parallel_2",44],PARAMETER["false_easting",700000],PARAMETER["false_northing",6600000],'
        'UNIT["metre",1],AUTHORITY["EPSG","2154"]]'
    )
    info = laspy.VLR("copc", 1, "COPC info VLR", bytes(160))
    path = test_las.write(folder / "copc.laz", positions, 7, records=(info, wkt), **columns, **tints)
    yield Seed("copc", "scan", "scan.copc.laz", path.read_bytes())
    header = laspy.LasHeader(point_format=1, version="1.2")
    header.add_extra_dim(laspy.ExtraBytesParams("height", np.float32))
    data = laspy.LasData(header)
    data.x, data.y, data.z = positions.T - test_las.LAMBERT[:, None]
    data.height = np.arange(300, dtype=np.float32)
    data.write(str(folder / "extra.laz"))
    compressed = (folder / "extra.laz").read_bytes()
    yield Seed("laz-extra", "scan", "scan.laz", compressed)
    yield _points_alone("laz-extra-points", compressed)


def _points_alone(name: str, data: bytes) -> Seed:
    """Return a seed of the compressed points of a LAZ file, whose header and chunk table stay as they are."""
    [start] = struct.unpack_from("<I", data, 96)
    [table] = struct.unpack_from("<q", data, start)
    wrap = functools.partial(in_laz, before=data[: start + 8], after=data[table:], size=table - start - 8)
    return Seed(name, "scan", "scan.laz", data[start + 8 : table], wrap=wrap)


def in_laz(points: bytes, before: bytes, after: bytes, size: int) -> bytes:
    """Return a LAZ file with these compressed points, cut or filled to their size."""
    return before + points[:size].ljust(size, b"\0") + after


def _e57(folder: Path) -> Iterator[Seed]:
    positions = (np.random.default_rng(1).random((80, 3)).astype(np.float32) * 8).astype(np.float64)
    still = np.array([1.0, 0, 0, 0])
    colors = np.random.default_rng(2).integers(0, 256, (3, 80))
    invalid = (np.arange(80) % 10 == 0).astype(np.int8)
    columns = test_e57.columns_of(positions, intensity=positions[:, 0].copy(), cartesianInvalidState=invalid)
    columns |= dict(zip(("colorRed", "colorGreen", "colorBlue"), colors, strict=True))
    grid = {"rowIndex": np.arange(80) // 20, "columnIndex": np.arange(80) % 20}
    two = (
        (columns, test_e57.QUARTER, np.array([1.0, 2, 3])),
        (test_e57.columns_of(positions, **grid), still, np.zeros(3)),
    )
    path = test_e57.write(folder / "two.e57", *two)
    reach = np.linalg.norm(positions, axis=1)
    fields = {
        "sphericalRange": reach,
        "sphericalAzimuth": np.arctan2(positions[:, 1], positions[:, 0]),
        "sphericalElevation": np.arcsin(positions[:, 2] / reach),
        **dict(zip(("colorRed", "colorGreen", "colorBlue"), colors * 257, strict=True)),
        **{f"nor:normal{axis}": np.full(80, float(axis == "Y")) for axis in "XYZ"},
    }
    by_hand = test_e57.make_by_hand(folder / "hand.e57", fields, 65535)
    for name, each in (("e57", path), ("e57-spherical", by_hand)):
        data = each.read_bytes()
        logical = b"".join(data[at : at + 1020] for at in range(0, len(data), 1024))
        yield Seed(name, "scan", "scan.e57", logical, wrap=checked_e57)
        start, length = struct.unpack_from("<QQ", data, 24)
        first = start // 1024 * 1020 + start % 1024
        before, xml = logical[:first], logical[first : first + length]
        yield Seed(
            f"{name}-xml", "scan", "scan.e57", xml, wrap=functools.partial(with_xml, before=before), is_text=True
        )


def with_xml(xml: bytes, before: bytes) -> bytes:
    """Return an E57 file whose XML section is another one."""
    first = len(before)
    head = before[:24] + struct.pack("<QQ", first // 1020 * 1024 + first % 1020, len(xml)) + before[40:]
    return checked_e57(head + xml)


def splats(folder: Path) -> Iterator[Seed]:
    """Yield Gaussian splats, which are refused by name."""
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", *(f"scale_{i}" for i in range(3))]
    names += [f"rot_{index}" for index in range(4)]
    head = "ply\nformat binary_little_endian 1.0\nelement vertex 20\n"
    head += "".join(f"property float {name}\n" for name in names) + "end_header\n"
    rows = np.random.default_rng(4).random((20, len(names)), np.float32).tobytes()
    yield Seed("splat-ply", "scan", "scan.ply", head.encode() + rows, expected="refused")
    spz = struct.pack("<4sIIBBBB", b"NGSP", 2, 20, 0, 12, 0, 0) + bytes(20 * 20)
    yield Seed("splat-spz", "scan", "scan.spz", gzip.compress(spz, mtime=0), expected="refused")
    yield Seed(
        "splat-spz-inside", "scan", "scan.spz", spz, wrap=functools.partial(gzip.compress, mtime=0), expected="refused"
    )
    yield Seed("splat", "scan", "scan.splat", rows[:640], expected="refused")
    path = folder / "a.sog"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta.json", '{"version": 2, "count": 20}')
    yield Seed("splat-sog", "scan", "scan.sog", path.read_bytes(), expected="refused")
