"""What the page of a show knows of it, in one language."""

from __future__ import annotations

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema import show as schema
from carreau.base.schema.trail import TrailSource
from carreau.catalogue.show import SHORTEST_S, Scene
from carreau.exports.records.record import ShowRecord
from carreau.site.publish import static_paths
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.shared_fields import Localizer, media, rights


def show_document(record: ShowRecord, kind: str, built: EntryArtifacts, localizer: Localizer) -> schema.Show:
    """Return what the page of a show knows of it.

    kind : of what it belongs to, "trails" or "sites"
    """
    show, words = record.entry.of, path_words("show")
    owners = static_paths.pages(kind, record.slug, LANGUAGES)
    attract = show.attract
    return schema.Show(
        slug=record.slug,
        lang=localizer.language,
        owner=owners[localizer.language],
        owner_kind=kind,
        name=localizer.required_text(record.names(), record.slug),
        summary=localizer.required_text(record.summaries(), ""),
        care=localizer.text(record.text("care")),
        start=show.start,
        presence_key=show.presence_key,
        volume=1.0 if show.volume is None else show.volume,
        attract=schema.Attract(
            text=localizer.required_text(record.text("attract", "text") if attract else {}, record.slug),
            light=attract.light if attract else "",
        ),
        quiet=tuple(
            schema.Quiet(begins=each.begins or 0, ends=each.ends or 0, volume=each.volume or 0.0) for each in show.quiet
        ),
        scenes=tuple(_scene(at, each, record, localizer) for at, each in enumerate(show.scene)),
        sources=tuple(
            TrailSource(
                id=each.id,
                title=localizer.required_text(record.text("source", at, "title"), each.title),
                url=each.url,
                reliability=localizer.term("reliability", each.reliability),
                note=localizer.text(record.text("source", at, "note")),
            )
            for at, each in enumerate(show.source)
        ),
        rights=rights(record, localizer),
        media=media(record, built, localizer),
        pages={language: f"{address}/{words[language]}" for language, address in owners.items()},
    )


def _scene(at: int, scene: Scene, record: ShowRecord, localizer: Localizer) -> schema.ShowScene:
    translated = (record.text("scene", at, "translation", number) for number in range(len(scene.translation)))
    return schema.ShowScene(
        id=scene.id,
        seconds=scene.seconds or SHORTEST_S,
        light=scene.light,
        text=localizer.text(record.text("scene", at, "text")),
        lines=scene.lines,
        lang=scene.lang,
        translation=() if scene.lang == localizer.language else localizer.texts(tuple(translated)),
        is_read=scene.is_read or False,
        credit=localizer.text(record.text("scene", at, "credit")),
        voice=scene.voice,
        figure=scene.figure,
        model=scene.model,
        sources=scene.sources,
    )
