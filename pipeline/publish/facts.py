"""Tell what a site is called besides its name, and what is known of it in figures."""

from __future__ import annotations

from pipeline.exports.records.record import SiteRecord
from pipeline.i18n.languages import normalize
from pipeline.i18n.quantities import say_quantity
from pipeline.i18n.translator import Translator
from pipeline.publish.localizer import Localizer
from pipeline.schema.site import Fact
from pipeline.schema.words import Text


def other_names(record: SiteRecord, speaker: Localizer) -> tuple[Text, ...]:
    """Return what else it is called, without what only repeats its name, or another, in this language."""
    name = normalize(speaker.told(record.names(), record.slug).text)
    found = dict[str, Text]()
    for each in speaker.list(record.texts("other_names")):
        found.setdefault(normalize(each.text), each)
    found.pop(name, None)
    return tuple(found.values())


def facts(record: SiteRecord, speaker: Localizer) -> tuple[Fact, ...]:
    """Return what somebody knows; what is only asked for is left out."""
    return tuple(
        Fact(
            name=each.name,
            label=speaker.told(record.text("fact", at, "label"), each.label),
            value=each.value,
            unit=each.unit,
            text=_quantity(record, at, speaker),
            source=each.source,
            note=speaker.text(record.text("fact", at, "note")),
            is_disputed=each.disputed or False,
        )
        for at, each in enumerate(record.entry.of.fact)
        if each.value is not None
    )


def _quantity(record: SiteRecord, at: int, speaker: Localizer) -> Text | None:
    """Return the value of a fact with its unit; one that is a text takes that of the language it is said in."""
    fact = record.entry.of.fact[at]
    said = speaker.text(record.text("fact", at, "value"))
    if said is None:
        return speaker.words(say_quantity(fact.value, fact.unit, speaker.wording))
    return said.model_copy(update={"text": say_quantity(said.text, fact.unit, Translator(said.lang))})
