"""A coordinate system is known by its name, or refused with a reason; no file and no network is asked."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from pyproj.network import is_network_enabled  # type: ignore[attr-defined]

from carreau.formats.location.crs import CrsError, horizontal, normal_crs, parsed_crs, vertical_part


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2154", "EPSG:2154"),
        ("epsg::9794", "EPSG:9794"),
        (" EPSG:4326+5773 ", "EPSG:4326+5773"),
        ("2154+EPSG:5720", "EPSG:2154+5720"),
        ("IGNF:LAMB93", "IGNF:LAMB93"),
        ("ENU: 50.460, -3.5, 12", "ENU:50.46,-3.5,12"),
        ("+proj=utm +zone=31 +datum=WGS84", "+proj=utm +zone=31 +datum=WGS84"),
    ],
)
def test_names_are_understood(text: str, name: str) -> None:
    assert normal_crs(text) == name
    assert normal_crs(name) == name


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
@pytest.mark.parametrize("code", ["EPSG:2154", "EPSG:9794", "EPSG:32631", "EPSG:4326"])
def test_wkt_is_understood(code: str, version: str) -> None:
    wkt = CRS(code).to_wkt(version)
    assert normal_crs(wkt) == wkt
    assert parsed_crs(wkt).is_geographic == CRS(code).is_geographic


def test_a_compound_system_has_two_parts() -> None:
    both = parsed_crs("EPSG:2154+5720")
    height = vertical_part(both)
    assert horizontal(both).to_epsg() == 2154
    assert height is not None
    assert height.name == "NGF-IGN69 height"
    assert vertical_part(parsed_crs("EPSG:2154")) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not an EPSG code"),
        ("Lambert 93", "not an EPSG code"),
        ("99999999", "unknown to PROJ"),
        ("5720", "Vertical CRS\\) is not tied to a position"),
        ('LOCAL_CS["here",UNIT["metre",1]]', "Engineering CRS"),
        ("PROJCS[", "unknown to PROJ"),
        ("+proj=nonsense", "unknown to PROJ"),
        ("ENU:50.46", "form ENU:latitude,longitude"),
        ("ENU:95,3", "not a latitude and longitude"),
        ("ENU:nan,3", "form ENU"),
        ("+proj=longlat +datum=WGS84 +nadgrids=/etc/passwd", "which is not read"),
        ("+init=/etc/passwd:1", "which is not read"),
        ("PROJCS[" + "x" * 30_000, "too long"),
    ],
)
def test_what_is_none_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(CrsError, match=reason):
        normal_crs(text)


def test_the_network_is_not_asked() -> None:
    parsed_crs("EPSG:2154")
    assert not is_network_enabled()


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.text('EPSG:+0123456789projutm=[]," ', max_size=40)))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    with contextlib.suppress(CrsError):
        assert normal_crs(normal_crs(text)) == normal_crs(text)
