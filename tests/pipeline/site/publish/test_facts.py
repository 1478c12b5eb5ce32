"""Names and figures of a site are told once, and whole."""

from __future__ import annotations

import pytest

from carreau.base.languages import LANGUAGES, normalize
from carreau.exports.schema_org import place
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.site_document import facts, other_names
from tests.pipeline.exports import told

IN = {code: Localizer(code) for code in LANGUAGES}


@pytest.mark.parametrize("slug", told.SITES)
def test_no_other_name_repeats_what_the_site_is_called(slug: str) -> None:
    record = told.site(slug)
    for speaker in IN.values():
        names = [speaker.required_text(record.names(), slug), *other_names(record, speaker)]
        assert len({normalize(each.text) for each in names}) == len(names)
    document = place(record)
    tagged = [*document.get("name", ()), *document.get("alternateName", ())]
    said = [(each["@language"], normalize(each["@value"])) for each in tagged if isinstance(each, dict)]
    assert len(set(said)) == len(said)


def test_another_name_stays_where_it_is_another() -> None:
    record = told.site("presbytere-sainte-cecile")
    assert [each.text for each in other_names(record, IN["fr"])] == ["Presbytère Sainte-Cécile"]
    assert [each.text for each in other_names(record, IN["de"])] == []
    assert place(record)["alternateName"] == [{"@language": "fr", "@value": "Presbytère Sainte-Cécile"}]


def test_a_text_that_ends_with_a_number_has_its_unit() -> None:
    record = told.site("fosse-d-arenberg")
    texts = [each.text for speaker in IN.values() for each in facts(record, speaker) if each.value == "plus de 50"]
    said = [each.text.replace("\u202f", " ").replace("\u00a0", " ") for each in texts if each]
    assert said == ["plus de 50 m", "more than 50 m", "meer dan 50 m", "mehr als 50 m", "ponad 50 m"]
