"""`carreau survey --check --record` keeps what services answer, without secrets, and the stand-in plays it back."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path

import pytest

from carreau.air.survey.http_client import Asked, HttpClient
from carreau.air.survey.recording import HIDDEN, NAME, Recorder
from carreau.air.survey.services import Services, read_services
from carreau.base.errors import ServiceError
from tests.pipeline.aids.conftest import Survey
from tests.survey_stand_in.replay import Recording
from tests.survey_stand_in.stand_in_server import StandIn, World


def exchanges_in(folder: Path) -> list[dict[str, object]]:
    listed = json.loads((folder / NAME).read_text())
    assert isinstance(listed["exchanges"], list)
    return listed["exchanges"]


def test_what_was_recorded_is_played_back(
    survey: Survey, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "first-day"
    world.pictures[read_services().historic.layer] = "xml"
    world.faults["/wfs"] = deque([(429, {"Retry-After": "0"})])
    assert survey("--check") == 1
    capsys.readouterr()
    world.faults["/wfs"] = deque([(429, {"Retry-After": "0"})])
    assert survey("--check", "--record", str(folder)) == 1
    first = capsys.readouterr()
    statuses = [each["status"] for each in exchanges_in(folder)]
    assert statuses[0] == 429
    assert {200, 206} <= set(statuses)  # parts are asked for again, though the cache has them
    assert json.loads((folder / NAME).read_text())["services"][3]["is_well"] is False
    # Another world answers from the recording alone, and two points of it would differ.
    world.pictures, world.edition, world.unpublished = {}, "2030-01-01", {(730, 7032)}
    world.recording = Recording(folder)
    assert survey("--check") == 1
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, first.err)
    assert "Layer ORTHOIMAGERY.ORTHOPHOTOS.1950-1965 unknown" in again.err


def test_keys_cookies_and_addresses_of_machines_are_not_kept(
    services: Services, server: StandIn, world: World, tmp_path: Path
) -> None:
    world.cookie = "session=f00dcafe"
    recorder = Recorder()
    client = HttpClient(services.client, sleep=lambda _seconds: None, recorder=recorder)
    host = server.address.removeprefix("http://")
    echo = f"http://ana:geheim1@{host}/elsewhere?apikey=a1b2c3d4&LAYERS=ORTHO"
    world.faults["/nothing"] = deque([(403, {"X-Client": "203.0.113.7"})])
    with pytest.raises(ServiceError):
        client.get(echo, Asked("layer", 1000.0, 10_000))
    client.get(f"{server.address}/nothing?TOKEN=t0ps3cret&x=1", Asked("layer", 1000.0, 10_000))
    recorder.exchanges[-1].body[:] = b"<p>key t0ps3cret of 203.0.113.7 and 2001:db8::17 is refused at 07:28:11</p>"
    recorder.write(tmp_path, {}, "1", "2026-12-03")
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode()
    for secret in ("f00dcafe", "ana", "geheim1", "a1b2c3d4", "t0ps3cret", "203.0.113.7", "2001:db8", "User-Agent"):
        assert secret not in everything
    assert "LAYERS=ORTHO" in everything
    assert f"key {HIDDEN} of {HIDDEN} and {HIDDEN} is refused at 07:28:11" in everything


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--record", "{new}", "--all"), "--record keeps what --check receives; add --check"),
        (("--check", "--record", "{full}"), "is not an empty folder; name a new one"),
        (("--check", "--record", "{full}/file"), "is not an empty folder; name a new one"),
    ],
)
def test_a_folder_that_cannot_be_recorded_into_is_refused_before_anything_is_asked(
    survey: Survey, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("mine")
    assert survey(*(each.format(new=tmp_path / "new", full=full) for each in arguments)) == 2
    assert words in capsys.readouterr().err
    assert not world.asked
    assert [path.name for path in full.iterdir()] == ["file"]
