"""The documents of trails: whole in five languages, nothing chosen among the sources, and apart from the 53."""

from __future__ import annotations

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Trail
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.route import distance_m
from carreau.catalogue.site import EVIDENCE, STORY
from carreau.catalogue.trail import BY_MAP, BY_MODEL
from carreau.site.publish.route_documents import trail_card
from tests.conftest import PROJECT
from tests.pipeline.site.publish.trails import trail_documents

BATTLE = "bataille-de-denain"


@pytest.fixture(scope="module")
def trails() -> dict[tuple[str, str], Trail]:
    """Return the documents by slug and language."""
    return {(slug, code): each for slug, of in trail_documents().items() for code, each in of.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trail_is_told_whole_in_every_language(trails: dict[tuple[str, str], Trail], language: str) -> None:
    for (_, code), trail in trails.items():
        if code != language:
            continue
        words = [trail.name, trail.summary, trail.description, trail.care, trail.badge]
        for chapter in trail.chapters:
            words += [chapter.title, chapter.text, chapter.children, chapter.where.name if chapter.where else None]
            words += [chapter.where.doubt if chapter.where else None]
            words += [each for doubt in chapter.doubts for each in (doubt.about, *(v.text for v in doubt.versions))]
            for question in chapter.questions:
                words += [question.text, question.answer, *question.hints]
                words += [each for each in question.accepted if not each.text.isdigit()]
                words += [option.text for option in question.options]
        told = [each for each in words if each is not None]
        assert {each.lang for each in told} == {language}
        standing = "source" if language == LANGUAGES[0] else "unreviewed"
        assert {each.standing for each in told} == {standing}


def test_the_battle_has_its_chapters_and_questions_in_order(trails: dict[tuple[str, str], Trail]) -> None:
    trail = trails[BATTLE, "fr"]
    assert [chapter.number for chapter in trail.chapters] == list(range(1, 13))
    assert sum(len(chapter.questions) for chapter in trail.chapters) == 11
    following = [chapter.ways[0].to for chapter in trail.chapters[:-1]]
    assert following == [chapter.id for chapter in trail.chapters[1:]]
    assert trail.chapters[0].ways[0].page == f"/fr/recits/{BATTLE}#chapter={trail.chapters[1].id}"
    assert trail_card(trail).chapters == 12


def test_trails_cross_where_their_stories_meet(trails: dict[tuple[str, str], Trail]) -> None:
    crossings = {
        (slug, way.trail): way.page
        for (slug, language), trail in trails.items()
        if language == "en"
        for chapter in trail.chapters
        for way in chapter.ways
        if way.trail
    }
    assert set(crossings) == {
        (BATTLE, "jules-mousseron"), ("jules-mousseron", BATTLE),
        (BATTLE, "abbaye-de-saint-amand"), ("abbaye-de-saint-amand", BATTLE),
    }  # fmt: skip
    for (_, to), page in crossings.items():
        address, _, name = page.partition("#chapter=")
        assert address == trails[to, "en"].pages["en"]
        assert name in {chapter.id for chapter in trails[to, "en"].chapters}


def test_every_statement_on_which_sources_differ_has_all_its_sources(trails: dict[tuple[str, str], Trail]) -> None:
    for trail in trails.values():
        known = {each.id for each in trail.sources}
        assert {each.reliability.code for each in trail.sources} <= set("ABCD")
        for chapter in trail.chapters:
            assert chapter.sources
            assert set(chapter.sources) <= known
            for doubt in chapter.doubts:
                assert len(doubt.versions) > 1
                assert all(version.sources and set(version.sources) <= known for version in doubt.versions)


def test_a_chapter_is_no_surer_than_the_event_that_it_opens(trails: dict[tuple[str, str], Trail]) -> None:
    opened = 0
    for trail in trails.values():
        events = {(each.slug, event.id): event for each in trail.maps for event in each.events}
        for chapter in trail.chapters:
            if chapter.scene is not None and chapter.scene.event:
                event, opened = events[chapter.scene.map, chapter.scene.event], opened + 1
                assert EVIDENCE.index(chapter.evidence.code) >= EVIDENCE.index(event.evidence.code), chapter.id
    assert opened


def test_what_is_unknown_of_a_place_stays_unknown(trails: dict[tuple[str, str], Trail]) -> None:
    chapters = {chapter.id: chapter for chapter in trails[BATTLE, "en"].chapters}
    for name in ("les-pontons", "le-pain", "le-moulin"):
        where = chapters[name].where
        assert where is not None
        assert where.position is not None
        assert not where.is_exact, "nobody may arrive at the middle of a commune"
        assert where.doubt is not None
    for name in ("le-marais", "le-pont", "la-statue"):
        where = chapters[name].where
        assert where is not None
        assert where.position is None
    obelisk = chapters["l-obelisque"].where
    assert obelisk is not None
    assert obelisk.is_exact


def test_a_question_has_a_right_answer_or_is_open(trails: dict[tuple[str, str], Trail]) -> None:
    questions = [question for trail in trails.values() for each in trail.chapters for question in each.questions]
    assert questions
    for question in questions:
        has_right = bool(question.accepted) or any(option.is_right for option in question.options)
        has_right = has_right or bool(question.annotation) or question.position is not None
        assert has_right is not question.is_open
        assert question.answer is not None


def test_what_is_to_be_found_is_there_among_others(trails: dict[tuple[str, str], Trail]) -> None:
    """On the model and on the map: with one thing to tap, or two at one place, it is no question."""
    sites = read_catalogue(PROJECT / "assets").sites
    found = [(trail, each) for trail in trails.values() for chapter in trail.chapters for each in chapter.questions]
    on_models = [each for _, each in found if each.by.code == BY_MODEL]
    on_maps = [(trail, each) for trail, each in found if each.by.code == BY_MAP]
    assert (len(on_models), len(on_maps)) == (len(LANGUAGES), len(LANGUAGES))
    for question in on_models:
        spots = [each for each in sites[question.site].of.annotation if each.state == question.state]
        assert len(spots) > 1
        assert [each.id for each in spots].count(question.annotation) == 1
    for trail, question in on_maps:
        assert question.position is not None
        assert question.radius_m is not None
        places = {
            (each.where.position.lon, each.where.position.lat)
            for each in trail.chapters
            if each.where is not None and each.where.position is not None
        }
        target = (question.position.lon, question.position.lat)
        assert target in places, "the map of the trail frames it"
        away = sorted(distance_m(target, each) for each in places)
        assert away[0] <= question.radius_m < away[1] / 2


def test_trails_are_none_of_the_places() -> None:
    catalogue = read_catalogue(PROJECT / "assets")
    inscribed = [slug for slug, entry in catalogue.sites.items() if entry.of.inscription]
    assert len(inscribed) == 53
    told = catalogue.sites["ancienne-abbaye-de-saint-amand"].of
    assert (told.kind, told.is_apart, told.inscription) == (STORY, True, None)
    assert not set(catalogue.trails) & set(catalogue.sites)
