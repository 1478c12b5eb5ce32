"""A scan in a coordinate system stands where PROJ, point by point, says it does, to the millimetre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS, Geod, Transformer

from carreau.base.errors import OptionError, ScanError
from carreau.base.model import DoubleArray, GeoPose, Mesh, Scan, ScanFacts
from carreau.formats.location.crs import PlacementMetadata
from carreau.formats.origin import about_origin
from carreau.geometry.location.placement import Placement, merge_placements
from carreau.models.stages.orient import Oriented, OrientOptions, orient

LAMBERT_93, RGF93_V2B, UTM_31N, NTF_NORD = "EPSG:2154", "EPSG:9794", "EPSG:32631", "EPSG:27561"
DENAIN = {
    LAMBERT_93: (722_000.0, 7_030_000.0, 40.0),
    RGF93_V2B: (722_000.0, 7_030_000.0, 40.0),
    UTM_31N: (530_000.0, 5_590_000.0, 40.0),
    NTF_NORD: (680_000.0, 310_000.0, 40.0),
    "EPSG:2154+5720": (722_000.0, 7_030_000.0, 40.0),
    "EPSG:4326": (3.38, 50.33, 40.0),
    "EPSG:4979": (3.38, 50.33, 40.0),
    "EPSG:4978": (4_060_000.0, 250_000.0, 4_890_000.0),
    "EPSG:3857": (390_000.0, 6_520_000.0, 40.0),
    "EPSG:2225": (6_000_000.0, 2_000_000.0, 40.0),  # California, in US feet
}
MILLIMETRE = 0.001


def cloud_of_triangles(
    middle: tuple[float, ...], size: tuple[float, float, float], seed: int = 1
) -> tuple[Mesh, DoubleArray]:
    """Return a mesh that fills a box, and the (n, 3) float64 places that its float32 positions mean."""
    rng = np.random.default_rng(seed)
    places = (rng.random((3000, 3)) - 0.5) * size + middle
    positions, origin = about_origin(places)
    mesh = Mesh(positions, np.arange(3000, dtype=np.int32).reshape(-1, 3), origin=origin)
    return mesh, positions.astype(np.float64) + origin


def size_in(crs: str, metres: float) -> tuple[float, float, float]:
    if crs in ("EPSG:4326", "EPSG:4979"):
        return metres / 111_000, metres / 111_000, metres / 4
    return metres, metres, metres / 4


def placed(mesh: Mesh, *said: PlacementMetadata, **facts: object) -> Oriented:
    known = ScanFacts(**{"format": "OBJ", **facts})  # type: ignore[arg-type]
    scan = Scan("a scan", mesh, known, (Path("a.obj"),))
    return orient(scan, OrientOptions(), merge_placements(said, len(said)))


def by_proj(crs: str, places: DoubleArray, pose: GeoPose) -> DoubleArray:
    """Return where PROJ's own topocentric conversion puts places, in the model's axes."""
    system = CRS(crs).sub_crs_list[0] if CRS(crs).is_compound else CRS(crs)
    foot = system.axis_info[0].unit_conversion_factor if system.is_projected else 1.0
    if system.is_geocentric:
        center = places
    else:
        flat = system if len(system.axis_info) == 2 else CRS("EPSG:4326")
        to_lonlat = Transformer.from_crs(flat, "EPSG:4326", always_xy=True)
        lon, lat = to_lonlat.transform(places[:, 0], places[:, 1])
        to_center = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        center = np.array(to_center.transform(lon, lat, places[:, 2] * foot), np.float64).T
    here = f"+lon_0={pose.lon!r} +lat_0={pose.lat!r} +h_0={pose.height!r}"
    local = Transformer.from_pipeline(f"+proj=topocentric +ellps=WGS84 {here}")
    east, north, up = np.array(local.transform(*center.T), np.float64)
    return np.stack([east, up, -north], axis=1)


@pytest.mark.parametrize("crs", DENAIN)
@pytest.mark.parametrize("metres", [2.0, 80.0, 600.0, 6000.0])
def test_every_vertex_is_where_proj_says(crs: str, metres: float) -> None:
    mesh, places = cloud_of_triangles(DENAIN[crs], size_in(crs, metres))
    found = placed(mesh, PlacementMetadata("scan.toml", crs=crs))
    assert found.geopose is not None
    true = by_proj(crs, places, found.geopose)
    assert np.abs(found.mesh.positions - true).max() < MILLIMETRE
    by_matrix = places @ found.scan_to_model[:3, :3].T + found.scan_to_model[:3, 3]
    assert np.abs(by_matrix - true).max() < max(MILLIMETRE, found.matrix_error_m * 1.01)
    assert (found.matrix_error_m > 0) == (any("individually" in said for said in found.decisions))
    assert found.unit_known


@pytest.mark.parametrize("crs", [LAMBERT_93, RGF93_V2B, UTM_31N, NTF_NORD])
def test_an_offset_is_added_in_double(crs: str) -> None:
    """Written about a local origin of the program's, or not: the model and its place are the same."""
    mesh, places = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    offset = (DENAIN[crs][0] + 0.123456, DENAIN[crs][1] + 0.654321, DENAIN[crs][2])
    found = placed(mesh, PlacementMetadata("metadata.xml", crs=crs, offset=offset))
    assert found.geopose is not None
    assert np.abs(found.mesh.positions - by_proj(crs, places + offset, found.geopose)).max() < MILLIMETRE
    whole = placed(Mesh(mesh.positions, mesh.faces, origin=np.array(offset)), PlacementMetadata("scan.toml", crs=crs))
    assert whole.geopose is not None
    assert (whole.geopose.lon, whole.geopose.lat) == pytest.approx((found.geopose.lon, found.geopose.lat), abs=1e-12)
    assert np.abs(whole.mesh.positions - found.mesh.positions).max() < 1e-5


def test_the_pose_turns_the_model_to_east_north_up() -> None:
    mesh, places = cloud_of_triangles(DENAIN[LAMBERT_93], (60.0, 60.0, 15.0))
    pose = placed(mesh, PlacementMetadata("scan.toml", crs=LAMBERT_93)).geopose
    assert pose is not None
    x, y, z, w = pose.quaternion
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    assert turn @ [1, 0, 0] == pytest.approx([1, 0, 0])
    assert turn @ [0, 1, 0] == pytest.approx([0, 0, 1])
    assert turn @ [0, 0, -1] == pytest.approx([0, 1, 0])
    lon, lat = Transformer.from_crs(LAMBERT_93, "EPSG:4326", always_xy=True).transform(*DENAIN[LAMBERT_93][:2])
    assert Geod(ellps="WGS84").inv(lon, lat, pose.lon, pose.lat)[2] < 1
    assert pose.height == pytest.approx(places[:, 2].min(), abs=0.01)


@pytest.mark.parametrize("up", ["y", "z", "x", "-y"])
def test_a_file_may_have_another_axis_up(up: str) -> None:
    """What a program turned on export, glTF's Y up above all, is turned back before its system is applied."""
    east_north_up, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 40.0, 15.0))
    turns = {
        "z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "y": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
        "x": [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
        "-y": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
    }
    turned = (east_north_up.positions @ np.array(turns[up], np.float32).T).astype(np.float32)
    said = PlacementMetadata("metadata.xml", crs=LAMBERT_93, offset=(722_000.0, 7_030_000.0, 40.0))
    plain = placed(east_north_up, said)
    other = placed(Mesh(turned, east_north_up.faces), said, PlacementMetadata("--up", up=up))
    assert plain.geopose is not None
    assert other.geopose is not None
    assert other.geopose.height == pytest.approx(plain.geopose.height, abs=1e-6)
    assert np.abs(other.mesh.positions - plain.mesh.positions).max() < 1e-4


def test_normals_turn_with_the_grid() -> None:
    mesh, _ = cloud_of_triangles(DENAIN[NTF_NORD], (60.0, 60.0, 15.0))
    north = np.tile(np.array([0, 1, 0], np.float32), (len(mesh.faces), 3, 1))
    found = placed(
        Mesh(mesh.positions, mesh.faces, normals=north, origin=mesh.origin),
        PlacementMetadata("scan.toml", crs=NTF_NORD),
    )
    assert found.mesh.normals is not None
    turned = found.scan_to_model[:3, :3] @ [0, 1, 0]
    assert found.mesh.normals[0, 0] == pytest.approx(turned / np.linalg.norm(turned), abs=1e-6)
    assert 0.5 < np.degrees(np.arctan2(turned[0], -turned[2])) < 1.5


def test_a_local_plane_of_context_capture() -> None:
    mesh, places = cloud_of_triangles((5.0, -3.0, 30.0), (60.0, 60.0, 15.0))
    found = placed(mesh, PlacementMetadata("metadata.xml", crs="ENU:50.33,3.38", offset=(1.0, 2.0, 3.0)))
    assert found.geopose is not None
    plane = "+proj=topocentric +ellps=WGS84 +lon_0=3.38 +lat_0=50.33 +h_0=0"
    back = Transformer.from_pipeline(f"+proj=pipeline +step +inv {plane}")
    ecef = np.stack(back.transform(*(places + np.array([1.0, 2.0, 3.0])).T), axis=1)
    assert np.abs(found.mesh.positions - by_proj("EPSG:4978", ecef, found.geopose)).max() < MILLIMETRE


def test_heights_without_a_geoid_grid_stay_as_given() -> None:
    mesh, places = cloud_of_triangles(DENAIN[LAMBERT_93], (60.0, 60.0, 15.0))
    above_sea = placed(mesh, PlacementMetadata("scan.toml", crs="EPSG:2154+5720"))
    assert above_sea.geopose is not None
    assert above_sea.geopose.height == pytest.approx(places[:, 2].min(), abs=0.01)
    (said,) = [said for said in above_sea.decisions if "origin is at" in said]
    assert "above NGF-IGN69 height, as given; no geoid model is applied" in said
    ellipsoidal = placed(
        cloud_of_triangles(DENAIN["EPSG:4979"], size_in("EPSG:4979", 60))[0], PlacementMetadata("", crs="EPSG:4979")
    )
    assert any(said.endswith("m above the ellipsoid") for said in ellipsoidal.decisions)


def test_which_rule_was_used_is_said() -> None:
    mesh, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    found = placed(mesh, PlacementMetadata("metadata.xml", crs=LAMBERT_93, offset=(722_000.0, 7_030_000.0, 40.0)))
    assert found.decisions[:4] == (
        "z is up: the coordinates are eastings, northings and heights",
        "1 unit is 1 m: defined by its coordinate system",
        "its coordinate system is EPSG:2154 (RGF93 v1 / Lambert-93): according to metadata.xml",
        "offset added to its coordinates: 722000, 7030000, 40 (according to metadata.xml)",
    )
    assert "0.2241°, and the projection's scale factor, 1.00135" in found.decisions[5]


def test_a_file_that_names_its_system_is_believed() -> None:
    mesh, _ = cloud_of_triangles(DENAIN[LAMBERT_93], (60.0, 60.0, 15.0))
    found = placed(mesh, crs="EPSG:2154", format="LAS")
    assert found.geopose is not None
    assert any("according to LAS" in said for said in found.decisions)
    odd = placed(mesh, crs="LOCAL_CS[nonsense", format="LAS")
    assert odd.geopose is None
    assert any("is ignored" in said for said in odd.warnings)


def test_geocentric_vertices_are_known_whatever_their_label() -> None:
    mesh, places = cloud_of_triangles(DENAIN["EPSG:4978"], (60.0, 60.0, 15.0))
    scan = Scan("a", mesh, ScanFacts("OBJ"), (Path("a.obj"),))
    oriented = orient(scan, OrientOptions(), merge_placements([PlacementMetadata("a.obj.rsInfo", crs=UTM_31N)], 0))
    assert oriented.geopose is not None
    assert np.abs(oriented.mesh.positions - by_proj("EPSG:4978", places, oriented.geopose)).max() < MILLIMETRE


def test_a_place_that_cannot_be_is_refused_when_a_person_said_it() -> None:
    mesh, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    with pytest.raises(OptionError, match=r"--epsg: the scan would be at .* outside .*; .*--offset"):
        placed(mesh, PlacementMetadata("--epsg", crs=LAMBERT_93))
    with pytest.raises(ScanError, match=r"scan.toml, epsg: the scan would be at"):
        placed(mesh, PlacementMetadata("scan.toml", crs=LAMBERT_93))


@pytest.mark.parametrize("crs", [LAMBERT_93, CRS(LAMBERT_93).to_wkt("WKT1_ESRI"), UTM_31N, "EPSG:4326", "EPSG:4978"])
def test_a_place_that_cannot_be_is_a_warning_when_a_sidecar_said_it(crs: str) -> None:
    mesh, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    scan = Scan("a scan", mesh, ScanFacts("OBJ"), (Path("a.obj"),))
    oriented = orient(scan, OrientOptions(), merge_placements([PlacementMetadata("a.prj", crs=crs)], 0))
    assert oriented.geopose is None
    assert any(
        warning.startswith("the scan is not georeferenced: according to a.prj, ") for warning in oriented.warnings
    )


def test_without_a_system_an_offset_places_nothing() -> None:
    mesh, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    found = placed(mesh, PlacementMetadata("offset.txt", offset=(1.0, 2.0, 3.0)))
    assert found.geopose is None
    assert any(
        "the offset of offset.txt is ignored: its coordinate system is unknown" in warning for warning in found.warnings
    )


def test_a_measured_height_corrects_what_stands_on_the_earth() -> None:
    mesh, _ = cloud_of_triangles(DENAIN[LAMBERT_93], (60.0, 60.0, 15.0))
    plain = placed(mesh, PlacementMetadata("scan.toml", crs=LAMBERT_93))
    found = placed(mesh, PlacementMetadata("scan.toml", crs=LAMBERT_93, height_m=30.0))
    assert np.ptp(found.mesh.positions[:, 1]) == pytest.approx(30.0, rel=1e-5)
    assert found.geopose == plain.geopose


def test_nothing_placed_has_no_pose() -> None:
    mesh, _ = cloud_of_triangles((0.0, 0.0, 0.0), (60.0, 60.0, 15.0))
    assert placed(mesh).geopose is None
    assert placed(mesh).placement == Placement()


def test_an_offset_is_left_out_of_coordinates_that_are_whole() -> None:
    """OpenDroneMap and Pix4D write clouds in whole coordinates beside meshes about an origin."""
    mesh, places = cloud_of_triangles(DENAIN[UTM_31N], (60.0, 60.0, 15.0))
    scan = Scan("a scan", mesh, ScanFacts("OBJ"), (Path("a.obj"),))
    said = PlacementMetadata("odm_georeferencing/coords.txt", crs=UTM_31N, offset=(530_000.0, 5_590_000.0, 0.0))
    oriented = orient(scan, OrientOptions(), merge_placements([said], 0))
    assert oriented.geopose is not None
    assert np.abs(oriented.mesh.positions - by_proj(UTM_31N, places, oriented.geopose)).max() < MILLIMETRE
    assert any("is ignored: the coordinates are complete" in said for said in oriented.decisions)
