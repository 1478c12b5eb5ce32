"""Lines, outlines and captions are checked before anything of them is kept, and what is wrong is said with its cure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, OptionError
from carreau.desk.incoming import SentFile
from carreau.desk.media_files import taken_captions, taken_line, taken_outline
from carreau.formats.geodata import read_path

Points = list[tuple[float, float]]
LINE: Points = [(3.40, 50.34), (3.41, 50.35), (3.42, 50.36)]
RING: Points = [(3.40, 50.34), (3.41, 50.34), (3.41, 50.35), (3.40, 50.34)]
CUES = "WEBVTT\n\n00:00.000 --> 00:02.000\nBonjour\n\n00:02.000 --> 00:04.000\nà tous\n"


def gpx(points: Points, head: str = "", name: str = "trkpt") -> bytes:
    inner = "".join(f'<{name} lat="{lat}" lon="{lon}"/>' for lon, lat in points)
    return f'<?xml version="1.0"?>{head}<gpx version="1.1"><trk><trkseg>{inner}</trkseg></trk></gpx>'.encode()


def geojson(kind: str, coordinates: object) -> bytes:
    geometry = {"type": kind, "coordinates": coordinates}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def swapped(points: Points) -> Points:
    return [(lat, lon) for lon, lat in points]


@pytest.fixture
def sent(tmp_path: Path) -> Callable[[bytes], SentFile]:
    def kept(content: bytes) -> SentFile:
        (tmp_path / "1").write_bytes(content)
        return SentFile("a.txt", tmp_path / "1", len(content))

    return kept


@pytest.mark.parametrize(
    "content", [geojson("LineString", LINE), geojson("MultiLineString", [LINE, LINE])], ids=["one", "several"]
)
def test_a_line_of_a_map_program_is_kept_as_it_is(sent: Callable[[bytes], SentFile], content: bytes) -> None:
    path = taken_line(sent(content))
    assert path.suffix == ".geojson"
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["trkpt", "rtept"])
def test_of_a_recorded_line_only_the_points_are_kept(sent: Callable[[bytes], SentFile], name: str) -> None:
    when = b"<time>2026-05-01T09:00:00Z</time>"
    recorded = gpx(LINE, name=name).replace(b"/>", b">" + when + f"</{name}>".encode())
    path = taken_line(sent(recorded.replace(b"<trk>", b"<metadata><name>Anne</name></metadata><trk>")))
    assert path.suffix == ".geojson"
    assert read_path(path) == [tuple(point) for point in LINE]
    assert not any(word in path.read_text("utf-8") for word in ("2026", "Anne", "time"))


ENTITY = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it does not contain a path in degrees; export it again as GPX"),
        (b"MZ\x00", "it does not contain a path in degrees"),
        (b'<gpx><wpt lat="50.3" lon="3.4"/></gpx>', "fewer than two points; export the track or route"),
        (gpx(LINE[:1]), "its path has fewer than two points"),
        (gpx([(3.4, 95.0), (3.5, 50.0)]), "it does not contain a path in degrees"),
        (gpx(swapped(LINE)), "its points have the latitude first: 50.34000, 3.40000; export it again in WGS 84"),
        (gpx([*LINE, (-73.9, 40.7)]), "-73.90000, 40.70000 is not in France; choose the file of this place"),
        (gpx([(0.0, 0.0), *LINE]), "0.00000, 0.00000 is not in France"),
        (gpx(LINE, ENTITY), "it declares a document type or entities; export the track again as plain GPX"),
        (geojson("Polygon", [RING]), "its path has fewer than two points"),
        (geojson("LineString", swapped(LINE)), "its points have the latitude first"),
        (b"[" * 200_000, "it does not contain a path in degrees"),
        (b"<trkpt " * 500_000, "its path has fewer than two points"),
    ],
)
def test_what_is_no_line_is_refused_with_cause_and_cure(
    sent: Callable[[bytes], SentFile], content: bytes, why: str
) -> None:
    with pytest.raises(FormatError) as refused:
        taken_line(sent(content))
    assert str(refused.value).startswith("a.txt: ")
    assert why in str(refused.value)


def test_an_outline_is_taken_as_it_is(sent: Callable[[bytes], SentFile]) -> None:
    for content in (geojson("Polygon", [RING]), geojson("MultiPolygon", [[RING], [RING, RING]])):
        path = taken_outline(sent(content))
        assert (path.suffix, path.read_bytes()) == (".geojson", content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "it is not JSON; export it again as GeoJSON"),
        (b"{}", "it contains geometries other than polygons"),
        (geojson("LineString", LINE), "it contains geometries other than polygons; export the outline alone"),
        (geojson("Polygon", [[(705_000.0, 7_030_000.0)] * 4]), "its coordinates are not degrees; export it again in"),
        (geojson("Polygon", [swapped(RING)]), "its points have the latitude first: 50.34000, 3.40000"),
        (geojson("Polygon", [[(10.0, 59.0), (11.0, 59.0), (11.0, 60.0), (10.0, 59.0)]]), "is not in France"),
        (geojson("Polygon", [RING[:3]]), "its polygons are not closed rings"),
        (geojson("Polygon", []), "its polygons are not closed rings"),
        (b'{"features": ' + b"[" * 200_000, "it is not JSON"),
        (gpx(LINE), "it is not JSON"),
    ],
)
def test_what_is_no_outline_is_refused_with_cause_and_cure(
    sent: Callable[[bytes], SentFile], content: bytes, why: str
) -> None:
    with pytest.raises(FormatError) as refused:
        taken_outline(sent(content))
    assert why in str(refused.value)


def test_captions_are_taken_as_they_are(sent: Callable[[bytes], SentFile]) -> None:
    path = taken_captions(sent(CUES.encode()), "sound")
    assert (path.suffix, path.read_text("utf-8")) == (".vtt", CUES)


OVERLAPPING = CUES.replace("00:02.000 --> 00:04.000", "00:01.500 --> 00:04.000")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OVERLAPPING, "a.txt, line 6: the cue begins before the one on line 3 ends; of a sound one cue is shown"),
        (CUES.replace("00:02.000 --> 00:04.000", "2 s --> 4 s"), "a.txt, line 6: the times are not valid"),
        (CUES.replace("00:04.000", "00:01.000"), "a.txt, line 6: the cue ends before it begins"),
        (CUES.replace("WEBVTT", "1"), "a.txt, line 1: it does not begin with WEBVTT"),
        ("WEBVTT\n\n" + "1" * 300_000 + " --> 2", "a.txt, line 3: the times are not valid"),
    ],
)
def test_wrong_captions_are_refused_with_their_line(sent: Callable[[bytes], SentFile], text: str, why: str) -> None:
    with pytest.raises(FormatError) as refused:
        taken_captions(sent(text.encode()), "sound")
    assert str(refused.value).startswith(why)


def test_a_film_may_show_two_cues_at_once_and_a_picture_has_none(sent: Callable[[bytes], SentFile]) -> None:
    assert taken_captions(sent(OVERLAPPING.encode()), "video").suffix == ".vtt"
    with pytest.raises(OptionError, match="only a sound or a film has captions"):
        taken_captions(sent(CUES.encode()), "image")


def test_a_cue_of_signs_alone_takes_no_time(sent: Callable[[bytes], SentFile]) -> None:
    content = b"WEBVTT\n\n00:00.000 --> 00:02.000\n" + b"<" * 500_000
    assert taken_captions(sent(content), "sound").suffix == ".vtt"
