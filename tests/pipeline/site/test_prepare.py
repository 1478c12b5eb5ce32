"""Media of a site are made once, into files named by their content, and a bad one is told by its file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carreau.base.document import TomlDocument
from carreau.base.errors import FormatError, OptionError
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO, Medium, captions_beside
from carreau.catalogue.site import Site
from carreau.catalogue.video import Cue
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from carreau.runs.store import Record
from carreau.site.content_store import ContentStore
from carreau.site.media_preparation import make_media
from carreau.site.publish.artifacts import gather
from tests.pipeline.site.media_files import flac, jpeg, mp4, pdf, tone

RIGHTS: dict[str, Any] = {"credit": "Quelqu’un", "licence": "CC-BY-4.0"}
MEDIA = (
    Medium("facade", IMAGE, "facade.jpg", alt="Un mur", **RIGHTS),
    Medium("voix", SOUND, "voix.flac", transcript="voix.txt", captions="voix.vtt", **RIGHTS),
    Medium("film", VIDEO, "film.mp4", transcript="Sans parole.", captions="voix.vtt", **RIGHTS),
    Medium("plan", DOCUMENT, "plan.pdf", title="Le plan", **RIGHTS),
    Medium("plus-tard", IMAGE),
)


class Heard(Quiet):
    """Keep the labels of what began and of what was there."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cached: list[bool] = []

    def begin(self, label: str) -> None:
        self.begun.append(label)

    def done(self, record: Record) -> None:
        self.cached.append(record.cached)


@pytest.fixture
def entry(tmp_path: Path) -> Entry[Site]:
    folder = tmp_path / "une"
    folder.mkdir()
    (folder / "facade.jpg").write_bytes(jpeg())
    flac(folder / "voix.flac", tone())
    (folder / "voix.txt").write_text("Bonjour,\nla fosse.\n", encoding="utf-8")
    (folder / "voix.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour, la fosse.\n", encoding="utf-8")
    (folder / "film.mp4").write_bytes(mp4())
    (folder / "plan.pdf").write_bytes(pdf())
    return Entry("une", Site(media=MEDIA), TomlDocument(folder / "site.toml", "sites/une/site.toml"))


def changed(entry: Entry[Site], number: int, **values: Any) -> Entry[Site]:
    media = [*entry.of.media]
    media[number] = replace(media[number], **values)
    return replace(entry, of=replace(entry.of, media=tuple(media)))


def test_every_medium_with_a_file_is_made(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    made = make_media(entry, tmp_path / "out", cache, Quiet(), jobs=2)
    assert [(each.id, each.kind) for each in made] == [(each.id, each.kind) for each in MEDIA[:4]]
    facade, voice, film, plan = made
    assert (facade.width, facade.height, len(facade.variants)) == (800, 600, 9)
    assert [each.media_type for each in voice.variants] == ["audio/webm", "audio/mp4"]
    assert voice.transcript == "Bonjour, la fosse."
    assert voice.cues == (Cue(0.0, 1.0, "Bonjour, la fosse.", 3),)
    assert voice.captions is not None
    assert voice.captions.media_type == "text/vtt"
    [variant] = film.variants
    assert (variant.media_type, variant.codec, film.duration_s) == ("video/mp4", "avc1", 10.0)
    assert (variant.width, variant.height) == (1280, 720)
    assert (tmp_path / "out" / variant.name).read_bytes() == mp4()
    assert [each.media_type for each in plan.variants] == ["application/pdf"]


def test_a_preview_has_one_form_until_the_others_are_there(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    facade, voice, *_ = make_media(entry, tmp_path / "out", cache, Quiet(), is_preview=True)
    assert [(each.media_type, each.width) for each in facade.variants] == [("image/jpeg", 800)]
    [sound] = voice.variants
    assert (tmp_path / "out" / sound.name).read_bytes() == (entry.folder / "voix.flac").read_bytes()
    made = make_media(entry, tmp_path / "out", cache, Quiet())
    assert made[1].duration_s == pytest.approx(voice.duration_s, abs=0.01)
    assert make_media(entry, tmp_path / "out", cache, Quiet(), is_preview=True) == made


def test_files_are_named_by_their_content(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    made = make_media(entry, tmp_path / "out", cache, Quiet())
    for variant in (each for medium in made for each in (*medium.variants, medium.captions) if each):
        content = (tmp_path / "out" / variant.name).read_bytes()
        assert (variant.sha256, variant.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    said = {variant.name for medium in made for variant in (*medium.variants, medium.captions) if variant}
    assert {path.name for path in (tmp_path / "out").iterdir()} == said


def test_nothing_is_made_twice_and_new_words_make_new_files(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    first, again = Heard(), Heard()
    made = make_media(entry, tmp_path / "out", cache, first)
    assert first.begun == ["une facade.jpg", "une voix.flac"]
    assert make_media(entry, tmp_path / "out", cache, again) == made
    assert again.begun == []
    assert set(again.cached) == {True}
    other = make_media(changed(entry, 0, credit="Une autre"), tmp_path / "out", cache, Quiet())
    assert {each.sha256 for each in other[0].variants}.isdisjoint(each.sha256 for each in made[0].variants)
    assert other[1] == made[1]


def test_a_lost_file_is_written_again(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    [facade, *_] = make_media(entry, tmp_path / "out", cache, Quiet())
    lost = tmp_path / "out" / facade.variants[0].name
    lost.write_bytes(b"half")
    make_media(entry, tmp_path / "out", cache, Quiet())
    assert hashlib.sha256(lost.read_bytes()).hexdigest() == facade.variants[0].sha256


def test_a_bad_medium_is_told_by_its_file(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    (entry.folder / "facade.jpg").write_bytes(jpeg()[:3000])
    with pytest.raises(FormatError, match=r"facade\.jpg: it is truncated; copy it again"):
        make_media(entry, tmp_path / "out", cache, Quiet())
    with pytest.raises(FormatError, match=r"nichts\.jpg: the file does not exist"):
        make_media(changed(entry, 0, file="nichts.jpg"), tmp_path / "out", cache, Quiet())
    with pytest.raises(OptionError, match="'facade' has no credit or no licence"):
        make_media(changed(entry, 0, licence=""), tmp_path / "out", cache, Quiet())
    assert not (tmp_path / "out").exists()


def test_wrong_captions_are_told_with_their_line(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    (entry.folder / "voix.vtt").write_text("WEBVTT\n\n00:02.000 --> 00:01.000\nAvant.\n")
    with pytest.raises(FormatError, match=r"voix\.vtt, line 3: the cue ends before it begins"):
        make_media(entry, tmp_path / "out", cache, Quiet())


def test_captions_in_other_languages_lie_beside_the_french_ones(
    entry: Entry[Site], cache: Cache, tmp_path: Path
) -> None:
    texts = {name: f"WEBVTT\n\n00:00.000 --> 00:01.000\n{name}\n" for name in ("en", "nl", "fr", "deu", "en.old")}
    for name, text in texts.items():
        (entry.folder / f"voix.{name}.vtt").write_text(text)
    _, voice, film, _ = make_media(entry, tmp_path / "out", cache, Quiet())
    assert list(voice.translated_captions) == ["en", "nl"]
    for language, form in voice.translated_captions.items():
        assert (tmp_path / "out" / form.name).read_text() == texts[language]
    assert film.translated_captions == voice.translated_captions
    assert voice.cues == (Cue(0.0, 1.0, "Bonjour, la fosse.", 3),)
    assert captions_beside(entry.folder, "voix.fr.vtt") == {"en": "voix.en.vtt", "nl": "voix.nl.vtt"}
    assert captions_beside(entry.folder.parent, "une/voix.vtt") == {"en": "une/voix.en.vtt", "nl": "une/voix.nl.vtt"}
    assert captions_beside(entry.folder, "") == captions_beside(entry.folder, "v\0.vtt") == {}
    built = gather(entry, tmp_path, tmp_path / "media", ContentStore(tmp_path / "bundle"), cache, Quiet())
    tracks = built.media["voix"].tracks
    assert [each.lang for each in tracks] == ["fr", "en", "nl"]
    assert built.media["voix"].captions is not None
    assert (built.media["voix"].captions.url, built.media["voix"].captions_lang) == (tracks[0].url, "fr")
    assert all((tmp_path / "bundle" / each.path).is_file() for each in tracks)


def test_a_sample_is_made_and_then_made_ready(entry: Entry[Site], cache: Cache, tmp_path: Path) -> None:
    made = make_media(changed(entry, 1, file="sample:winding-engine-simulated"), tmp_path / "out", cache, Quiet())
    assert made[1].duration_s == pytest.approx(16.6)
