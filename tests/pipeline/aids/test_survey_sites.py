"""`carreau survey` from the outline to the folder and the states; what damages it is in `test_survey_damage`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import laspy
import numpy as np
import pytest
from shapely import contains_xy

from carreau.air.airborne.survey_record import Reason, Role, SurveyRecord, read
from carreau.air.survey.services import read_services, site_area
from carreau.command.cli import main
from tests.conftest import PROJECT
from tests.pipeline.aids.conftest import Survey
from tests.pipeline.air.survey.conftest import AddSite
from tests.survey_stand_in.copc_file import PointLayout
from tests.survey_stand_in.stand_in_server import StandIn, World

HOUSE = (730_210.0, 7_031_110.0, 730_240.0, 7_031_130.0)
ACROSS = (730_980.0, 7_031_110.0, 731_020.0, 7_031_130.0)


def record_in(folder: Path) -> SurveyRecord:
    return read(folder / "survey" / "survey.toml")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def states_in(folder: Path) -> list[dict[str, object]]:
    found = tomllib.loads((folder / "site.toml").read_text()).get("state", [])
    assert isinstance(found, list)
    return found


def test_a_site_is_gathered_with_its_record(survey: Survey, add_site: AddSite, tmp_path: Path) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse", "--buffer", "20") == 0
    record = record_in(folder)
    assert [layer.role for layer in record.layers] == [Role.POINTS, Role.ORTHOPHOTO, Role.HISTORIC, Role.BUILDINGS]
    assert record.bounds == (730_190.0, 7_031_090.0, 730_260.0, 7_031_150.0)
    assert not record.gaps
    assert record.has_lattice
    (ring,) = record.outline
    assert np.ptp(np.array(ring), axis=0) == pytest.approx(np.subtract(HOUSE[2:], HOUSE[:2]), abs=0.5)
    points = record.of(Role.POINTS)[0]
    assert (points.flown, points.edition) == ("2022-05-29/2022-06-15", "2025-06-06")
    assert points.credit == "IGN – LiDAR HD, relevé du 29/05 au 15/06/2022, édition 2025-06-06"
    for layer in record.layers:
        content = (folder / "survey" / layer.file).read_bytes()
        assert (layer.bytes, layer.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert layer.licence == "etalab-2.0"
        assert layer.credit.startswith("IGN – ")
        assert layer.source.startswith("https://cartes.gouv.fr/")
    assert [state["id"] for state in states_in(folder)] == ["air-2022", "air-1950"]
    assert sorted(path.name for path in folder.iterdir()) == ["outline.geojson", "site.toml", "survey"]


def test_the_photograph_has_the_day_of_its_flight(survey: Survey, add_site: AddSite, world: World) -> None:
    folder = add_site("fosse", *HOUSE)
    world.flights.append((730_225.0, 2e6, 20, "2024-08-02"))
    assert survey("fosse") == 0
    (picture,) = record_in(folder).of(Role.ORTHOPHOTO)
    assert picture.flown == "2024-07-30/2024-08-02"
    assert picture.credit == "IGN – BD ORTHO®, prise de vue du 30/07 au 02/08/2024, état au 18/11/2026"
    assert picture.credit in str(states_in(folder)[0]["credit"])


def test_a_photograph_without_a_day_is_told_and_taken(
    survey: Survey, add_site: AddSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    services = tmp_path / "assets" / "services.toml"
    services.write_text(services.read_text().replace("[flights]", '[flights]\nlayer = "AWAY:graphe"'))
    assert survey("fosse") == 0
    assert "the day of the photograph is unknown: AWAY:graphe" in capsys.readouterr().out
    (picture,) = record_in(folder).of(Role.ORTHOPHOTO)
    assert picture.flown == ""
    assert picture.credit == "IGN – BD ORTHO®, prise de vue à une date inconnue, état au 18/11/2026"


def test_points_without_days_in_the_index_have_those_of_their_gps_times(
    survey: Survey, add_site: AddSite, world: World
) -> None:
    folder = add_site("fosse", *HOUSE)
    # 28 May 2021, 10:56 UTC, as in the example of the catalogue, and a day later.
    world.undated, world.gps = True, (306_233_798.0, 306_233_798.0 + 86_400)
    assert survey("fosse") == 0
    (points,) = record_in(folder).of(Role.POINTS)
    assert points.flown == "2021-05-28/2021-05-29"
    assert points.credit.startswith("IGN – LiDAR HD, relevé du 28/05 au 29/05/2021")


@pytest.mark.parametrize("gps", [(0.0, 0.0), (float("nan"), 1.0), (1e300, 1e300)])
def test_points_without_any_day_have_none(
    survey: Survey, add_site: AddSite, world: World, gps: tuple[float, float]
) -> None:
    folder = add_site("fosse", *HOUSE)
    world.undated, world.gps = True, gps
    assert survey("fosse") == 0
    assert record_in(folder).of(Role.POINTS)[0].flown == ""


def test_the_points_are_those_of_the_outline_and_its_surroundings(
    survey: Survey, add_site: AddSite, tmp_path: Path
) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse", "--buffer", "20") == 0
    with laspy.open(folder / "survey" / record_in(folder).of(Role.POINTS)[0].file) as reader:
        assert reader.header.version == laspy.header.Version(1, 4)
        assert reader.header.parse_crs().to_epsg() or "Lambert-93" in reader.header.parse_crs().name
        points = reader.read()
    area = site_area(folder / "outline.geojson", read_services().place, 20)
    assert contains_xy(area.shape, np.asarray(points.x), np.asarray(points.y)).all()
    density = len(points) / area.shape.area
    assert 20 < density < 40
    assert {2, 5, 6} <= set(np.unique(points.classification).tolist())
    assert np.asarray(points.number_of_returns).max() > 1


def test_only_what_is_needed_is_read(survey: Survey, add_site: AddSite, world: World) -> None:
    add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    assert world.sent_bytes < 2_000_000  # of 75 MB


def test_a_spoil_tip_has_wider_surroundings(survey: Survey, add_site: AddSite) -> None:
    tip, pit = add_site("terril", *HOUSE, kind="terril"), add_site("fosse", *HOUSE)
    assert survey("--all") == 0
    assert record_in(tip).bounds[0] == record_in(pit).bounds[0] - 20


def test_tiles_are_joined_at_their_edge(survey: Survey, add_site: AddSite) -> None:
    folder = add_site("fosse", *ACROSS)
    assert survey("fosse") == 0
    names = [layer.file for layer in record_in(folder).of(Role.POINTS)]
    assert names == ["points_0730_7032.laz", "points_0731_7032.laz"]


def test_dry_run_tells_and_writes_nothing(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    before = digests(folder)
    assert survey("fosse", "--dry-run") == 0
    words = capsys.readouterr().out
    assert "fosse: 0.4 ha, 1 tile (LHD_FXX_0730_7032_PTS_LAMB93_IGN69), 0 not published" in words
    assert "MB to come, about" in words
    assert digests(folder) == before


def test_a_second_run_asks_nothing_and_a_refresh_only_the_index(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    before = digests(folder)
    world.asked.clear()
    assert survey("fosse") == 0
    assert not world.asked
    assert "gathered before; `--refresh` asks for newer editions" in capsys.readouterr().out
    assert survey("fosse", "--refresh") == 0
    assert dict(world.asked) == {"/wfs": 1}
    assert "up to date" in capsys.readouterr().out
    assert digests(folder) == before


def test_a_newer_edition_replaces_the_older(survey: Survey, add_site: AddSite, world: World) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    sheet = folder / "site.toml"
    sheet.write_text(sheet.read_text().replace('evidence = "attested"', 'evidence = "attested"  # vu', 1))
    world.edition = "2026-11-01"
    assert survey("fosse", "--refresh") == 0
    assert record_in(folder).of(Role.POINTS)[0].edition == "2026-11-01"
    assert "édition 2026-11-01" in str(states_in(folder)[0]["credit"])
    assert 'evidence = "attested"  # vu' in sheet.read_text()


def test_another_buffer_is_told_and_gathered_by_a_refresh(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    assert survey("fosse", "--buffer", "30") == 0
    assert "of another outline or buffer; `--refresh` gathers it again" in capsys.readouterr().out
    assert survey("fosse", "--buffer", "30", "--refresh") == 0
    assert record_in(folder).bounds[0] == 730_180.0


def test_what_is_not_published_gets_a_stand_in_that_a_refresh_replaces(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.unpublished = {(730, 7032)}
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    words = capsys.readouterr().out
    assert "1 of 1 tile is not flown or not published yet; `--refresh` asks again later" in words
    record = record_in(folder)
    assert [layer.role for layer in record.layers] == [
        Role.TERRAIN, Role.ORTHOPHOTO, Role.HISTORIC, Role.BUILDINGS
    ]  # fmt: skip
    assert [(gap.role, gap.reason, gap.detail) for gap in record.gaps] == [
        (Role.POINTS, Reason.UNPUBLISHED, "0730-7032")
    ]  # fmt: skip
    assert states_in(folder)[0]["evidence"] == "hypothetical"
    world.unpublished = set()
    assert survey("fosse", "--refresh") == 0
    assert record_in(folder).layers[0].role is Role.POINTS
    assert not record_in(folder).gaps
    first = states_in(folder)[0]
    assert (first["id"], first["evidence"], first["date"]) == ("air-2022", "attested", "2022")
    assert len(states_in(folder)) == 2


def test_one_tile_of_two_is_filled_from_a_raster(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.unpublished = {(731, 7032)}
    folder = add_site("fosse", *ACROSS)
    assert survey("fosse") == 0
    assert "1 of 2 tiles are not flown" in capsys.readouterr().out
    record = record_in(folder)
    assert [layer.role for layer in record.layers][:2] == [Role.POINTS, Role.TERRAIN]
    assert {gap.reason for gap in record.gaps} == {Reason.UNPUBLISHED, Reason.PARTIAL}


def test_half_a_tile_is_noticed(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.half = {(730, 7032)}
    folder = add_site("fosse", 730_480.0, 7_031_110.0, 730_520.0, 7_031_130.0)
    assert survey("fosse") == 0
    assert "points cover 50% of it; the rest is filled from a terrain raster" in capsys.readouterr().out
    assert record_in(folder).of(Role.TERRAIN)


def test_points_without_classes_are_left_out_by_name(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.classes = False
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    words = capsys.readouterr().out
    assert "the points of tile LHD_FXX_0730_7032_PTS_LAMB93_IGN69 have no classes, so they are left out" in words
    assert "`carreau model`" in words
    assert not record_in(folder).of(Role.POINTS)
    assert not list((folder / "survey").glob("*.laz"))


def test_pictures_that_are_not_there_are_told(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    services = read_services()
    world.pictures = {services.orthophoto.layer: "white", services.historic.layer: "clear"}
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    assert "BD ORTHO has nothing here; BD ORTHO historique has nothing here" in capsys.readouterr().out
    assert {(gap.role, gap.reason) for gap in record_in(folder).gaps} == {
        (Role.ORTHOPHOTO, Reason.EMPTY), (Role.HISTORIC, Reason.EMPTY)
    }  # fmt: skip
    assert [state["id"] for state in states_in(folder)] == ["air-2022"]


def test_no_points_and_no_heights_are_a_failure(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.unpublished, world.voids = {(730, 7032)}, dict.fromkeys(read_services().terrain.layers, -9999.0)
    folder = add_site("fosse", *HOUSE)
    before = digests(folder)
    assert survey("fosse") == 1
    assert "there are neither points nor heights here" in capsys.readouterr().err
    assert digests(folder) == before


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((2_000_000.0, 7_031_000.0, 2_000_050.0, 7_031_050.0), "outline.geojson: it lies outside metropolitan France"),
        ((730_100.0, 7_031_100.0, 733_900.0, 7_033_900.0), "it touches 12 tiles, more than 8; draw it smaller"),
    ],
)
def test_outlines_that_cannot_be_gathered(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str], bounds: tuple[float, ...], words: str
) -> None:
    folder = add_site("fosse", *bounds)
    assert survey("fosse") == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.count("\n") == 1
    assert not (folder / "survey").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is not JSON"),
        ('{"type": "Point", "coordinates": [3, 50]}', "geometries other than polygons"),
        (
            '{"type": "Polygon", "coordinates": [[[730000, 7031000], [730001, 7031000], [730000, 7031001]]]}',
            "not degrees",
        ),
        ('{"type": "Polygon", "coordinates": [[[3.4, 50.3], [3.4, 50.3], [3.4, 50.3], [3.4, 50.3]]]}', "area is empty"),
    ],
)
def test_files_that_are_no_outline(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    folder = add_site("fosse", *HOUSE)
    (folder / "outline.geojson").write_text(content)
    assert survey("fosse", "--buffer", "0") == 2
    assert words in capsys.readouterr().err


def test_a_site_without_an_outline_is_told(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str]
) -> None:
    (add_site("fosse", *HOUSE) / "outline.geojson").unlink()
    assert survey("fosse") == 2
    assert "the site has no outline; draw it as GeoJSON" in capsys.readouterr().err


def test_a_sheet_that_cannot_be_read_is_told_before_anything_is_asked(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    (folder / "site.toml").write_text("name = \n")
    assert survey("fosse") == 2
    assert "site.toml, line 1, name: there is no value after '='" in capsys.readouterr().err
    assert not world.asked


def test_a_tile_whose_file_is_in_another_system_is_refused(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.epsg = 2972
    add_site("fosse", *HOUSE)
    assert survey("fosse") == 1
    assert "it is in the system RGFG95 / UTM zone 22N; only metropolitan France" in capsys.readouterr().err


@pytest.mark.parametrize("system_in", ["evlr", "keys"])
def test_a_system_that_stands_behind_the_points_is_read(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str], system_in: str
) -> None:
    world.system_in = system_in
    here = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    assert record_in(here).of(Role.POINTS)
    world.epsg = 2972
    add_site("ailleurs", 735_100.0, 7_031_110.0, 735_130.0, 7_031_130.0)
    assert survey("ailleurs") == 1
    assert "it is in the system RGFG95 / UTM zone 22N; only metropolitan France" in capsys.readouterr().err


def test_a_record_that_claims_more_than_the_file_has_is_damage(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.system_in = "long"
    add_site("fosse", *HOUSE)
    assert survey("fosse") == 1
    assert "its records are damaged; run again later" in capsys.readouterr().err


@pytest.mark.parametrize("layout", [PointLayout(6, 16), PointLayout(7, 10, described=False)])
def test_points_with_bytes_of_their_own_are_gathered_without_them(
    survey: Survey, add_site: AddSite, world: World, layout: PointLayout
) -> None:
    """Records of 46 bytes, as lots of 2026 have, give the same points as those of 30."""
    assert layout.size == 46
    plain, wide = add_site("plain", *HOUSE), add_site("wide", *HOUSE)
    assert survey("plain") == 0
    world.layout, world.edition = layout, "2026-11-01"
    assert survey("wide") == 0
    (one,), (other,) = (record_in(each).of(Role.POINTS) for each in (plain, wide))
    assert other.edition == "2026-11-01"
    assert (wide / "survey" / other.file).read_bytes() == (plain / "survey" / one.file).read_bytes()


def test_a_failure_of_one_site_does_not_stop_the_others(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.systems = {(735, 7032): "RGAF09UTM20"}
    first, second = add_site("a", 735_100.0, 7_031_110.0, 735_130.0, 7_031_130.0), add_site("b", *HOUSE)
    assert survey("--all") == 1
    printed = capsys.readouterr()
    assert "carreau: a: IGNF_LIDAR-HD_METADONNEE:metadata: tile LHD_FXX_0735_7032" in printed.err
    assert "2 sites, 1 failed" in printed.out
    assert (second / "survey").is_dir()
    assert not (first / "survey").exists()


def test_a_host_that_does_not_answer_ends_the_run(
    survey: Survey, add_site: AddSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_site("a", *HOUSE)
    add_site("b", *HOUSE)
    services = tmp_path / "assets" / "services.toml"
    text = services.read_text().replace("retries = 3", "retries = 0")
    services.write_text(text.replace(text.split("127.0.0.1:")[1].split("/")[0], "9"))
    assert survey("--all") == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("carreau:")]
    assert len(errors) == 1
    assert "no whole answer" in errors[0]


def test_offline_uses_what_is_kept(
    survey: Survey, add_site: AddSite, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse", "--offline") == 1
    assert "nothing of it is kept here; run once without --offline" in capsys.readouterr().err
    assert survey("fosse") == 0
    before = digests(folder / "survey")
    (folder / "survey").rename(tmp_path / "away")
    world.asked.clear()
    assert survey("fosse", "--offline") == 0
    assert not world.asked
    assert digests(folder / "survey") == before


def test_json_and_check(survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    add_site("fosse", *HOUSE)
    assert survey("fosse", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["sites"]
    assert (told["site"], told["exit_code"]) == ("fosse", 0)
    assert told["bytes"] > 500_000
    assert survey("--check") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert lines[0] == "ok      IGNF_LIDAR-HD_METADONNEE:metadata: 1 tile of block LB (2025-06-06)"
    assert lines[4] == "ok      ORTHOIMAGERY.ORTHOPHOTOS.GRAPHE-MOSAIQUAGE:graphe_bdortho: flown 2024-07-30"
    assert all(line.startswith("ok ") for line in lines)
    world.unpublished = {(730, 7032)}
    assert survey("--check") == 0
    assert (
        "nothing published in the territory yet; elsewhere: 1 tile of block LB (2025-06-06)" in capsys.readouterr().out
    )
    world.unpublished.add((650, 6862))
    assert survey("--check") == 1
    assert "no tile where there should be some" in capsys.readouterr().err
    world.unpublished = set()
    world.pictures[read_services().historic.layer] = "xml"
    world.ranges[""] = "200"
    assert survey("--check") == 1
    printed = capsys.readouterr()
    assert [line for line in printed.out.splitlines() if line.startswith("FAILED")] == [
        "FAILED  LiDAR HD", f"FAILED  {read_services().historic.layer}"
    ]  # fmt: skip
    assert "the service answered “Layer ORTHOIMAGERY.ORTHOPHOTOS.1950-1965 unknown”" in printed.err


@pytest.mark.parametrize(("block", "is_old"), [("LB", True), ("", False)])
def test_a_block_is_told_as_the_index_names_it_and_not_guessed(
    survey: Survey, world: World, capsys: pytest.CaptureFixture[str], block: str, is_old: bool
) -> None:
    world.block, world.old_properties = block, is_old
    assert survey("--check") == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith(
        "1 tile of block LB (2025-06-06)" if block else "1 tile, and the index does not say of which block"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name the sites, or use --all"),
        (("fosse", "--all"), "name the sites, or use --all"),
        (("fose",), "there is no site 'fose'; did you mean 'fosse'?"),
        (("fosse", "--offline", "--refresh"), "--offline and --refresh exclude each other"),
        (("fosse", "--buffer", "-3"), "--buffer -3.0 is not between 0 and 1,000 metres"),
        (("fosse", "--buffer", "nan"), "--buffer nan is not between"),
        (("fosse", "--services", "/nowhere.toml"), "/nowhere.toml"),
    ],
)
def test_options_that_make_no_sense(
    survey: Survey, add_site: AddSite, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    add_site("fosse", *HOUSE)
    assert survey(*arguments) == 2
    assert words in capsys.readouterr().err


def test_messages_are_translated(
    survey: Survey, add_site: AddSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_site("fosse", *HOUSE)
    code = main(
        ["--lang", "fr", "survey", "fosse", "--assets", str(tmp_path / "assets"), "--cache", str(tmp_path / "c")]
    )
    assert code == 0
    assert "0,4 ha recueillis" in capsys.readouterr().out


def test_all_53_can_be_gathered(server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "services.toml").write_text(server.services())
    places = [
        "--assets",
        str(PROJECT / "assets"),
        "--cache",
        str(tmp_path),
        "--services",
        str(tmp_path / "services.toml"),
    ]
    assert main(["survey", "--all", "--dry-run", "--json", *places]) == 0
    sites = json.loads(capsys.readouterr().out)["sites"]
    assert len(sites) == 53
    assert {site["exit_code"] for site in sites} == {0}
    assert 300e6 < sum(site["bytes"] for site in sites) < 800e6
