"""The demonstration place shows everything, is counted apart, and cannot be taken for a real place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION, Diagnostic
from carreau.catalogue.catalogue import Entry, read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.site import Site, sample_name
from carreau.catalogue.video import probe_sound, read_captions
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.test_check import is_translated
from tests.pipeline.site.media_files import jpeg, opus

DEMONSTRATION = """\
name = "Démonstration : une fosse"
demonstration = true
kind = "fosse"
theme = "exploitation"
commune = ""
insee = ""
summary = "Rien n’existe."
description = "Rien n’existe."
keywords = ["rien"]
confidence = "high"

[[rights]]
of = "tout"
credit = "Équipe"
licence = "CC0-1.0"

[[state]]
id = "today"
title = "Aujourd’hui"
kind = "scan"
file = "sample:headframe-simulated"
evidence = "attested"
author = "Équipe"
licence = "CC0-1.0"

[state.geopose]
lon = 0
lat = 0
"""


@pytest.fixture(scope="module")
def shown() -> Entry[Site]:
    return read_catalogue(PROJECT / "assets").sites["demonstration"]


def found(folder: Path, text: str) -> list[Diagnostic]:
    root = written(folder / "assets")
    (root / "sites" / "nulle-part").mkdir()
    (root / "sites" / "nulle-part" / "site.toml").write_text(text, encoding="utf-8")
    return [each for each in check_folder(root).findings if "nulle-part" in each.file]


def test_it_is_counted_apart(tmp_path: Path) -> None:
    assert found(tmp_path, DEMONSTRATION) == []
    checked = check_folder(tmp_path / "assets")
    assert (checked.site_count, checked.demonstration_count) == (2, 1)
    assert checked.lines()[-1] == "2 sites, 1 demonstration, 1 route: 0 errors, 0 open questions"
    assert checked.as_json()["demonstrations"] == 1


@pytest.mark.parametrize(
    ("right", "wrong", "cause", "cure"),
    [
        ("Démonstration : une", "Une", "must contain the word Démonstration", "add the word to the name"),
        ("lon = 0\nlat = 0", "lon = 3.4\nlat = 50.35", "is in Ici", "write lon = 0 and lat = 0"),
        ("headframe-simulated", "headframe", "there is no sample 'headframe'", "use one of: sample:headframe-1930"),
        ("headframe-simulated", "winding-engine-simulated", "is not of kind 'scan'", "write kind = sound"),
        (
            "[[rights]]", '[inscription]\nlist = 1360\ncode = "1360-008"\nelement = "9A"\nsource = "liste"\n[[rights]]',
            "a demonstration cannot have an inscription", "remove it, or",
        ),
        ("demonstration = true\n", "", "the place is real, but the file is simulated", "use a real file"),
    ],
)  # fmt: skip
def test_it_cannot_be_taken_for_a_real_place(tmp_path: Path, right: str, wrong: str, cause: str, cure: str) -> None:
    text = DEMONSTRATION.replace(right, wrong, 1)
    assert text != DEMONSTRATION
    [said, *_] = [each for each in found(tmp_path, text) if each.level == ERROR]
    assert cause in said.cause
    assert cure in said.cure
    assert said.line is not None
    assert is_translated(said.cause)
    assert is_translated(said.cure)


def test_a_small_picture_a_lying_file_and_wrong_captions_are_told(tmp_path: Path) -> None:
    root = written(
        tmp_path / "assets", SITE.replace('transcript = "Bonjour."', 'transcript = "B."\ncaptions = "v.vtt"')
    )
    folder = root / "sites" / "une"
    (folder / "v.vtt").write_text("WEBVTT\n\n00:02,000 --> 00:03,000\nNon.\n")
    (folder / "facade.jpg").write_bytes(jpeg(500, 300))
    (folder / "voice.opus").write_bytes(opus()[:30])
    said = {each.topic: each for each in check_folder(root).findings if each.file == "sites/une/site.toml"}
    assert said["small picture"].level == QUESTION
    assert said["small picture"].cause == "'facade.jpg' is only 500 pixels wide"
    assert said["wrong captions"].cause == "'v.vtt', line 3: the times have a comma"
    assert said["unusable"].cause == "'voice.opus': its header is corrupt or truncated"
    (folder / "facade.jpg").write_bytes(opus())
    said = {each.topic: each for each in check_folder(root).findings if "facade" in each.cause}
    assert said["unusable"].cause == "'facade.jpg': its content is audio/ogg, which its ending contradicts"
    for each in said.values():
        assert is_translated(each.cause)
        assert is_translated(each.cure)


def test_captions_in_other_languages_are_checked_and_others_are_told_as_unread(tmp_path: Path) -> None:
    root = written(
        tmp_path / "assets", SITE.replace('transcript = "Bonjour."', 'transcript = "B."\ncaptions = "v.vtt"')
    )
    right, wrong = (f"WEBVTT\n\n{begin} --> 00:03.000\nOui.\n" for begin in ("00:02.000", "00:02,000"))
    for name, text in {"v": right, "v.en": right, "v.de": wrong, "w.en": right, "v.deutsch": right}.items():
        (root / "sites" / "une" / f"{name}.vtt").write_text(text)
    findings = check_folder(root).findings
    [said] = [each for each in findings if each.topic == "wrong captions"]
    assert (said.level, said.cause) == (ERROR, "'v.de.vtt', line 3: the times have a comma")
    unread = {each.file for each in findings if each.topic == "ignored"}
    assert {f"sites/une/{name}.vtt" for name in ("w.en", "v.deutsch")} <= unread
    assert not {f"sites/une/{name}.vtt" for name in ("v", "v.en", "v.de")} & unread


def test_every_feature_is_there(shown: Entry[Site]) -> None:
    site = shown.of
    assert site.demonstration
    assert "Démonstration" in site.name
    assert site.inscription is None
    assert site.position is None
    assert [(state.id, state.kind, bool(sample_name(state.file))) for state in site.state] == [
        ("today", "scan", True), ("1930", "reconstruction", True),
    ]  # fmt: skip
    assert {part.evidence for part in site.state[1].part} == {"attested", "deduced", "hypothetical"}
    assert len(site.annotation) == 7
    assert [len(tour.step) for tour in site.tour] == [6, 3]
    assert {medium.kind for medium in site.media} == {"image", "sound"}
    assert all("simul" in each.author.lower() for each in site.state)
    assert all("simul" in medium.credit or "synthèse" in medium.credit for medium in site.media)


def test_then_and_now_lie_on_each_other(shown: Entry[Site]) -> None:
    """The published scan stands in the middle of its ground plan, and the other state where it was drawn."""
    today, then = (state.geopose for state in shown.of.state)
    assert today is not None
    assert then is not None
    east = (today.lon - then.lon) * math.radians(1) * 6378137.0  # type: ignore[operator]
    north = (today.lat - then.lat) * math.radians(1) * 6335439.327  # type: ignore[operator]
    # Half of the full sample's bounds, as `carreau model` tells them in scan_to_model.
    assert (east, -north, -(today.height_m or 0)) == pytest.approx((4.6786, 0.5678, 0.0946), abs=0.001)
    assert (today.yaw_deg, then.yaw_deg) == (0.0, 0.0)


def test_sounds_last_no_longer_than_their_steps_and_captions_no_longer_than_sounds(shown: Entry[Site]) -> None:
    media = {medium.id: medium for medium in shown.of.media}
    steps = [step for tour in shown.of.tour for step in tour.step if step.sound]
    assert len(steps) == 6
    for step in steps:
        medium = media[step.sound]
        cues = read_captions(shown.folder / medium.captions)
        if not sample_name(medium.file):
            look = probe_sound(shown.folder / medium.file)
            assert (shown.folder / medium.file).stat().st_size < 500_000
            assert cues[-1].end_s <= look.duration_s <= (step.duration_s or 0)
            assert " ".join(cue.text for cue in cues) == medium.transcript
        assert cues[-1].end_s <= (step.duration_s or 0)
