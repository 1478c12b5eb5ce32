"""Sidecars of the usual programs are read by themselves, and a broken one says so in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS

from carreau.base.errors import ScanError
from carreau.formats.location.crs import PlacementMetadata
from carreau.formats.location.sidecars import read_sidecars, sidecar_files

METADATA = (
    '<?xml version="1.0" encoding="utf-8"?>\n<ModelMetadata version="1">\n'
    "<SRS>{}</SRS>\n<SRSOrigin>{}</SRSOrigin>\n</ModelMetadata>"
)
RC_INFO = (
    '<Model globalCoordinateSystem="+proj=utm +zone=31 +datum=WGS84 +units=m +no_defs"\n'
    '   globalCoordinateSystemName="{}" exportCoordinateSystemType="1"\n   transformToModel="{}">\n'
    '  <Header magic="5786959" version="2"/>\n</Model>\n<ModelExport exportBinary="1"/>\n'
)
IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"

Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files; the first is the scan, and its path is returned."""

    def written(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / next(iter(files))

    return written


def only(scan: Path) -> PlacementMetadata:
    (metadata,) = read_sidecars(scan)
    return metadata


def test_a_scan_alone_is_told_nothing(write: Write) -> None:
    scan = write({"mill.obj": "", "photo.txt": "", "other.prj": "PROJCS[", "metadata.xml": "<Photos/>"})
    assert sidecar_files(scan) == ()
    assert read_sidecars(scan) == ()


@pytest.mark.parametrize(
    ("srs", "crs"),
    [
        ("EPSG:2154", "EPSG:2154"),
        ("EPSG:4326+5773", "EPSG:4326+5773"),
        ("ENU:50.46000,3.51000", "ENU:50.46,3.51"),
        (CRS("EPSG:2154").to_wkt("WKT1_GDAL").replace('"', "&quot;"), CRS("EPSG:2154").to_wkt("WKT1_GDAL")),
    ],
)
def test_context_capture(write: Write, srs: str, crs: str) -> None:
    scan = write({"mill.obj": "", "metadata.xml": METADATA.format(srs, "722000.5,7030000,-3")})
    metadata = only(scan)
    assert (metadata.crs, metadata.offset, metadata.source) == (crs, (722000.5, 7030000.0, -3.0), "metadata.xml")


def test_context_capture_says_it_above_its_tiles(write: Write) -> None:
    tile = "Data/Tile_+000_+000/Tile_+000_+000.obj"
    scan = write({tile: "", "metadata.xml": METADATA.format("EPSG:2154", "1,2,3")})
    top = scan.parents[2]
    assert only(scan) == only(top) == only(top / "Data")


def test_context_capture_without_a_known_system_places_nothing(write: Write) -> None:
    metadata = only(write({"a.obj": "", "metadata.xml": METADATA.format("LOCAL_CS[&quot;here&quot;]", "1,2,3")}))
    assert (metadata.crs, metadata.offset) == ("", (1, 2, 3))
    metadata = only(write({"a.obj": "", "metadata.xml": METADATA.format("EPSG:99999999", "1,2,3")}))
    assert (metadata.crs, metadata.offset) == ("", None)
    assert "unknown to PROJ" in metadata.warnings[0]


@pytest.mark.parametrize("name", ["coords.txt", "odm_georeferencing_model_geo.txt"])
@pytest.mark.parametrize("place", ["odm_georeferencing", "odm_texturing"])
def test_open_drone_map(write: Write, name: str, place: str) -> None:
    text = "WGS84 UTM 31N\n530000 5590000\n1.5 2.5 100\n"
    scan = write({"odm_texturing/odm_textured_model_geo.obj": "", f"{place}/{name}": text})
    metadata = only(scan)
    assert (metadata.crs, metadata.offset, metadata.up) == ("EPSG:32631", (530000, 5590000, 0), "z")
    assert not read_sidecars(scan.with_name("odm_textured_model.obj"))


def test_open_drone_map_in_another_system(write: Write) -> None:
    proj = "+proj=utm +zone=16 +datum=WGS84 +units=m"
    files = {"o/a_geo.obj": "", "odm_georeferencing/coords.txt": "what\n1 2\n", "odm_georeferencing/proj.txt": proj}
    assert only(write(files)).crs == proj
    files["odm_georeferencing/coords.txt"] = "EPSG:2154\n1 2 3\n"
    metadata = only(write(files))
    assert (metadata.crs, metadata.offset) == ("EPSG:2154", (1, 2, 3))


@pytest.mark.parametrize("name", ["mill.obj.rcInfo", "mill.rsInfo", "MILL.OBJ.RSINFO"])
def test_reality_capture(write: Write, name: str) -> None:
    scan = write({"mill.obj": "", name: RC_INFO.format("epsg:32631 - WGS 84 / UTM zone 31N", IDENTITY)})
    assert only(scan).crs == "EPSG:32631"


def test_reality_capture_does_not_guess_what_a_matrix_means(write: Write) -> None:
    shifted = "0 0 1 348355.8 1 0 0 396321.9 0 1 0 -587.4 0 0 0 1"
    metadata = only(write({"mill.obj": "", "mill.obj.rsInfo": RC_INFO.format("epsg:32653 - UTM", shifted)}))
    assert metadata.crs == ""
    assert "does not locate the scan" in metadata.warnings[0]
    local = only(write({"mill.obj": "", "mill.obj.rsInfo": RC_INFO.format("local:1 - Euclidean", shifted)}))
    assert (local.crs, local.warnings) == ("", ())


def test_pix4d(write: Write) -> None:
    wkt = CRS("EPSG:2154").to_wkt("WKT1_GDAL")
    params = "mill/1_initial/params/mill_"
    mesh = "mill/2_densification/3d_mesh/mill_simplified_3d_mesh.obj"
    metadata = only(write({mesh: "", f"{params}offset.xyz": "722000.000 7030000.000 40.000", f"{params}wkt.prj": wkt}))
    assert (metadata.crs, metadata.offset) == (wkt, (722000, 7030000, 40))


@pytest.mark.parametrize("text", ["656059.00 5514553.00 1713.00", "X axis: 656059\nY axis: 5514553\nZ axis: 1713"])
def test_an_offset_alone(write: Write, text: str) -> None:
    metadata = only(write({"mill.obj": "", "offset.txt": text}))
    assert (metadata.crs, metadata.offset) == ("", (656059, 5514553, 1713))


def test_3d_survey_collection(write: Write) -> None:
    metadata = only(write({"mill.obj": "", "SHIFT.txt": "EPSG::32633 372000 4999000 40"}))
    assert (metadata.crs, metadata.offset) == ("EPSG:32633", (372000, 4999000, 40))


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
def test_prj(write: Write, version: str) -> None:
    wkt = CRS("EPSG:2154").to_wkt(version)
    metadata = only(write({"mill.ply": "", "mill.prj": wkt}))
    assert (metadata.crs, metadata.source) == (wkt, "mill.prj")


def test_scan_toml_comes_first(write: Write) -> None:
    files = {"mill.obj": "", "mill.prj": CRS("EPSG:2154").to_wkt(), "scan.toml": "epsg = 9794"}
    scan = write({**files, "metadata.xml": METADATA.format("EPSG:2154", "1,2,3")})
    assert [metadata.source for metadata in read_sidecars(scan)] == ["scan.toml", "metadata.xml", "mill.prj"]
    assert [path.name for path in sidecar_files(scan)] == ["scan.toml", "metadata.xml", "mill.prj"]


BOMB = '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]>'

BROKEN = [
    ("metadata.xml", "<ModelMetadata>\n<SRS>EPSG:2154", "line 2", "not well formed"),
    ("metadata.xml", METADATA.format("EPSG:2154", "1,2"), "<SRSOrigin>", "not three numbers"),
    ("metadata.xml", METADATA.format("EPSG:2154", "1,2,nan"), "<SRSOrigin>", "not three numbers"),
    ("metadata.xml", "<a><!--<ModelMetadata--></a>", "", "no <ModelMetadata>"),
    ("metadata.xml", f"{BOMB}<ModelMetadata><SRS>&c;</SRS></ModelMetadata>", "line 1", "document type"),
    ("metadata.xml", "<ModelMetadata><SRS>&b;</SRS></ModelMetadata>", "line 1", "not well formed"),
    ("metadata.xml", "<ModelMetadata>" + "<a>" * 100, "line 1", "nested"),
    ("metadata.xml", "<ModelMetadata>" + "<!-- -->" * 600_000, "", "larger than"),
    ("mill_geo.obj.rcInfo", "<ModelExport/>", "", "no <Model>"),
    ("mill_geo.obj.rcInfo", RC_INFO.format("epsg:2154", "1 2 3"), "transformToModel", "16 numbers"),
    ("mill_geo.obj.rcInfo", RC_INFO.format("epsg:99999999", IDENTITY), "globalCoordinateSystemName", "unknown to PROJ"),
    ("coords.txt", "WGS84 UTM 31N", "", "does not contain a coordinate system and an offset"),
    ("coords.txt", "WGS84 UTM 61N\n1 2", "line 1", "UTM zone 61 does not exist"),
    ("coords.txt", "\nnonsense here\n1 2", "line 2", "not an EPSG code"),
    ("coords.txt", "WGS84 UTM 31N\none two", "line 2", "not two or three numbers"),
    ("mill_offset.xyz", "1 2", "line 1", "not three numbers"),
    ("mill_offset.xyz", "", "", "empty"),
    ("SHIFT.txt", "EPSG::32633 1 2", "line 1", "not three numbers"),
    ("SHIFT.txt", "EPSG::99999999 1 2 3", "line 1", "unknown to PROJ"),
    ("mill_geo.prj", "Lambert", "", "unknown to PROJ|not an EPSG code"),
    ("mill_geo.prj", "", "", "empty"),
]


@pytest.mark.parametrize(("name", "text", "place", "cause"), BROKEN)
def test_a_broken_one_says_file_place_cause_and_cure(
    write: Write, name: str, text: str, place: str, cause: str
) -> None:
    scan = write({"mill_geo.obj": "", name: text})
    with pytest.raises(ScanError, match=cause) as caught:
        read_sidecars(scan)
    assert str(caught.value).startswith(", ".join(part for part in (str(scan.with_name(name)), place) if part))
    assert caught.value.cure
    assert "\n" not in str(caught.value)


NAMES = ["metadata.xml", "mill_geo.obj.rcInfo", "coords.txt", "mill_offset.xyz", "SHIFT.txt", "mill_geo.prj"]
PIECES = [
    "<ModelMetadata>", "</ModelMetadata>", "<SRS>", "</SRS>", "EPSG:2154", "ENU:1,2", "1 2 3", "\n", "<Model ",
    'globalCoordinateSystemName="epsg:2154"', 'transformToModel="1"', ">", "</Model>", "<!DOCTYPE a>", "\x00", "&amp;",
    "WGS84 UTM 31N\n", "+proj=utm", "PROJCS[", "9" * 30, "-1e400", "\ufeff", "<?xml", "?>", "]]>", "<![CDATA[",
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.sampled_from(NAMES),
    st.one_of(
        st.binary(max_size=120), st.lists(st.sampled_from(PIECES), max_size=10).map(lambda p: "".join(p).encode())
    ),
)
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path: Path, name: str, data: bytes) -> None:
    for other in NAMES:
        (tmp_path / other).unlink(missing_ok=True)
    (tmp_path / name).write_bytes(data)
    try:
        read_sidecars(tmp_path / "mill_geo.obj")
    except ScanError as error:
        refusal = error
    else:
        return
    assert refusal.cause
    assert refusal.cure
