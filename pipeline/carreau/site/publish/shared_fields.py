"""Fields that several kinds of documents share, and what documents say of states surveyed from the air."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from carreau.base.languages import CHAINS, SOURCE
from carreau.base.schema.parts import Day, Medium, Place, Pose, Term, Text, Track
from carreau.base.schema.site import Accuracy, NamedPart, Rights, Source, Survey
from carreau.base.terms import LABELS, SURVEY_CONTEXT, TERMS, closeness, label, licence_url, open_words, translate_term
from carreau.base.translator import Translator
from carreau.catalogue.i18n.formatting import format_when, format_years, typeset
from carreau.catalogue.media import TEXTS
from carreau.catalogue.media import Medium as WrittenMedium
from carreau.catalogue.site import Position, State
from carreau.catalogue.table_reader import DateError, When, parse_when
from carreau.exports.ogc_json import quaternion
from carreau.exports.record import RouteRecord, ShowRecord, SiteRecord, Texts, TrailRecord
from carreau.site.publish.artifacts import EntryArtifacts


def rights(record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, localizer: Localizer) -> tuple[Rights, ...]:
    """Return rights holders and licences, without those that are undecided."""
    return tuple(
        Rights(
            of=localizer.required_text(record.text("rights", at, "of"), each.of),
            credit=each.credit,
            licence=each.licence,
            licence_url=licence_url(each.licence),
            url=each.url,
        )
        for at, each in enumerate(record.entry.of.rights)
        if each.credit or each.licence
    )


def sources(record: SiteRecord | RouteRecord, localizer: Localizer) -> tuple[Source, ...]:
    """Return the sources."""
    return tuple(
        Source(title=localizer.required_text(record.text("source", at, "title"), each.title), url=each.url)
        for at, each in enumerate(record.entry.of.source)
    )


def place(position: Position | None, basis: Texts, localizer: Localizer, is_simulated: bool = False) -> Place | None:
    """Return a point, or None where it is unknown."""
    if position is None or position.lon is None or position.lat is None:
        return None
    return Place(lon=position.lon, lat=position.lat, basis=localizer.text(basis), is_simulated=is_simulated)


def media(
    record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, built: EntryArtifacts, localizer: Localizer
) -> tuple[Medium, ...]:
    """Return the media that have renditions, with their texts in one language."""
    return tuple(
        built.media[each.id].model_copy(
            update={
                "title": localizer.text(record.text("media", at, "title")),
                "alt": localizer.text(record.text("media", at, "alt")),
                **_transcript(record, at, each, localizer),
                "tracks": _tracks(built.media[each.id], localizer.language),
                "credit": each.credit,
                "licence": each.licence,
                "licence_url": licence_url(each.licence),
                "date": localizer.date(each.date),
                "sources": each.sources,
            }
        )
        for at, each in enumerate(record.entry.of.media)
        if each.id in built.media
    )


def _tracks(medium: Medium, language: str) -> tuple[Track, ...]:
    """Return captions in the order in which readers of a language want them, as their texts have it."""
    chain = CHAINS.get(language, (language, SOURCE))
    return tuple(
        sorted(
            medium.tracks, key=lambda each: (chain.index(each.lang) if each.lang in chain else len(chain), each.lang)
        )
    )


def _transcript(
    record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, at: int, medium: WrittenMedium, localizer: Localizer
) -> dict[str, Text | None]:
    """Return the transcript of the catalogue; transcripts in files have one language only, and are in the rendition."""
    if not medium.transcript or medium.transcript.endswith(TEXTS):
        return {}
    return {"transcript": localizer.text(record.text("media", at, "transcript"))}


class Localizer:
    """Texts of documents in one language.

    language : its code
    """

    def __init__(self, language: str) -> None:
        """Load the translations."""
        self.language, self.translator = language, Translator(language)

    def text(self, texts: Texts) -> Text | None:
        """Return a text, typeset, in the first language of the chain that has it, or None."""
        for language in (*CHAINS[self.language], SOURCE):
            if language in texts:
                found_text = texts[language]
                shown = typeset(found_text.text, found_text.language)
                return Text.model_validate(
                    {"text": shown, "lang": found_text.language, "standing": found_text.standing}
                )
        return None

    def required_text(self, texts: Texts, instead: str) -> Text:
        """Return a text, or `instead` in the source language where it is missing."""
        return self.text(texts) or Text(text=typeset(instead, SOURCE), lang=SOURCE, standing="source")

    def texts(self, texts: tuple[Texts, ...]) -> tuple[Text, ...]:
        """Return the texts that exist."""
        return tuple(text for each in texts if (text := self.text(each)))

    def term(self, of: str, code: str) -> Term:
        """Return a term of a closed list; the text of an unknown code is the code."""
        return Term(code=code, text=translate_term(of, code, self.translator) if code in TERMS[of] else code)

    def date(self, when: When | None) -> Day | None:
        """Return a date or a period."""
        return Day(edtf=when.text, text=format_when(when, self.translator)) if when else None

    def own_text(self, text: str) -> Text | None:
        """Return a text of our own in this language."""
        return Text(text=text, lang=self.language, standing="source") if text else None


def drop_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None, for classes whose fields have defaults."""
    return {key: value for key, value in values.items() if value is not None}


SUPPOSED = {
    "roofs": "Assumed: drawn from a record of buildings.",
    "walls": "Assumed: they cannot be seen from the air; they are drawn upright below the eaves.",
    "trunks": "Assumed: drawn below the crowns.",
    "water": "Its level is assumed.",
    "border": "Not a part of the place: it closes the model.",
}
GAPS = {
    "points": "The laser survey is missing: not flown or not published yet.",
    "orthophoto": "The aerial photograph is missing.",
    "historic": "The old aerial photograph is missing.",
    "buildings": "The records of buildings are missing.",
    "terrain": "The terrain raster is missing.",
}
PARTIAL = {
    "points": "The laser survey covers only a part.",
    "orthophoto": "The aerial photograph covers only a part.",
    "historic": "The old aerial photograph covers only a part.",
    "buildings": "The records of buildings cover only a part.",
    "terrain": "The terrain raster covers only a part.",
}

CHANGED = {
    "softened": "Shadows are made lighter on %(share)s of the photograph.",
    "filled": "On %(share)s of the photograph, under trees, the ground has the tone of what lies around: assumed.",
}
UNMEASURED = {
    "raster_m2": "No laser point lies on %(share)s of the area: its ground is from the terrain raster.",
    "interpolated_m2": "No laser point lies on %(share)s of the area: its ground is interpolated from around.",
}
LEAST_SHARE = 0.005
"""Least share that is stated; a smaller one counts as 0 %."""


def state_kind(state: State, localizer: Localizer) -> Term:
    """Return the kind of a state; an old photograph says of what years it is."""
    term = localizer.term("state", state.shown_as)
    if not state.is_historic:
        return term
    years = format_years(state.date)
    words = "photograph of %(years)s on today’s ground"
    return Term(
        code=state.kind, text=localizer.translator.within(SURVEY_CONTEXT, words, years=years) if years else term.text
    )


def survey_pose(place: tuple[float, float, float] | None) -> Pose | None:
    """Return the pose of a survey or a massing model: true east, up and south, at an unknown height."""
    if place is None:
        return None
    return Pose(lon=place[0], lat=place[1], height_m=None, quaternion=quaternion(0, 0, 0), yaw_deg=0)


def survey_parts(
    report: Mapping[str, Any] | None, written: Collection[str], localizer: Localizer
) -> tuple[NamedPart, ...]:
    """Return the parts of a survey but those that the curator wrote."""
    if report is None:
        return ()
    flown = _day(report["flown"], localizer)
    return tuple(_part(part, flown, localizer) for part in report["parts"] if part["name"] not in written)


def _part(part: Mapping[str, Any], flown: Day | None, localizer: Localizer) -> NamedPart:
    name, is_measured, translator = str(part["name"]), bool(part["is_measured"]), localizer.translator
    accuracy = _accuracy(part.get("accuracy"))
    note = _describe_measured(accuracy, flown, localizer) if is_measured else ""
    if not is_measured and name in SUPPOSED:
        note = translator.within(SURVEY_CONTEXT, SUPPOSED[name])
    return NamedPart(
        name=name,
        label=part_label(name, localizer) or Text(text=name, lang="en", standing="source"),
        evidence=Term(
            code="attested" if is_measured else "hypothetical",
            text=translator.within(SURVEY_CONTEXT, "measured" if is_measured else "assumed"),
        ),
        note=localizer.own_text(note),
        accuracy=accuracy,
    )


def part_label(name: str, localizer: Localizer) -> Text | None:
    """Return the label of a part that every survey can have, None for a part of another name."""
    return localizer.own_text(label(name, localizer.translator)) if name in LABELS else None


def _accuracy(report: Mapping[str, Any] | None) -> Accuracy | None:
    return Accuracy(points=report["points"], median_m=report["median"], p95_m=report["p95"]) if report else None


def _describe_measured(accuracy: Accuracy | None, flown: Day | None, localizer: Localizer) -> str:
    """Return that a part was measured, when, and how close the points lie to it."""
    translator = localizer.translator
    when = (
        translator.within(SURVEY_CONTEXT, "Measured from the air: %(date)s.", date=flown.text)
        if flown
        else translator.within(SURVEY_CONTEXT, "Measured from the air, date unknown.")
    )
    if accuracy is None:
        return when
    close = closeness(accuracy.median_m, accuracy.p95_m, translator)
    return f"{when} {close}"


def survey(report: Mapping[str, Any] | None, localizer: Localizer) -> Survey | None:
    """Return what a survey was made of; None for a state of another kind."""
    if report is None:
        return None
    photograph = report["photograph"] or {}
    return Survey(
        flown=_day(report["flown"], localizer),
        has_photograph=bool(photograph),
        photograph=_day(photograph.get("flown", ""), localizer),
        is_historic=photograph.get("role") == "historic",
        points_per_m2=round(report["points"] / report["area_m2"], 1) if report["area_m2"] else 0.0,
        gaps=tuple(text for gap in report["gaps"] if (text := _gap(gap, localizer))),
        changes=tuple(text for each in _changes(report, localizer.translator) if (text := localizer.own_text(each))),
    )


def _changes(report: Mapping[str, Any], translator: Translator) -> Iterator[str]:
    """Yield what was changed of the photograph, and how much ground nothing measured."""
    changes, area = report["changes"], report["area_m2"]
    for key, words in CHANGED.items():
        if changes[key] >= LEAST_SHARE:
            yield translator.within(SURVEY_CONTEXT, words, share=translator.percent(changes[key]))
    for key, words in UNMEASURED.items():
        if area and report[key] / area >= LEAST_SHARE:
            yield translator.within(SURVEY_CONTEXT, words, share=translator.percent(report[key] / area))


def _gap(gap: Mapping[str, Any], localizer: Localizer) -> Text | None:
    words = PARTIAL if gap["reason"] == "partial" else GAPS
    return localizer.own_text(
        localizer.translator.within(SURVEY_CONTEXT, words[gap["role"]]) if gap["role"] in words else ""
    )


def _day(text: str, localizer: Localizer) -> Day | None:
    try:
        return localizer.date(parse_when(text)) if text else None
    except DateError:
        return None


def massing_parts(
    report: Mapping[str, Any] | None, written: Collection[str], localizer: Localizer
) -> tuple[NamedPart, ...]:
    """Return the parts of a massing model but those that the curator wrote."""
    if report is None:
        return ()
    return tuple(_massing_part(part, localizer) for part in report["parts"] if part["name"] not in written)


def survey_sources(report: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return all sources of a massing model, each once."""
    if report is None:
        return ()
    named = [*report["sources"], *(source for part in report["parts"] for source in part["sources"])]
    return tuple(dict.fromkeys(named))


def _massing_part(part: Mapping[str, Any], localizer: Localizer) -> NamedPart:
    open_ = open_words(part["ranges"], localizer.translator) if part["is_open"] else ""
    title = str(part["title"])
    label = Text(text=title, lang=SOURCE, standing="source")
    if open_:
        label = Text(text=f"{title} ({open_})", lang=localizer.language, standing="source")
    return NamedPart(
        name=str(part["name"]),
        label=label,
        evidence=localizer.term("evidence", str(part["evidence"])),
        sources=tuple(part["sources"]),
        note=Text(text=part["note"], lang=SOURCE, standing="source") if part["note"] else None,
    )
