"""What a page says to search engines is in its language, and all that has no language stays."""

from __future__ import annotations

import json

from carreau.site.pages.cards import page_jsonld

DOCUMENT = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": "Place",
            "name": [{"@language": "fr", "@value": "Fosse"}, {"@language": "pl", "@value": "Kopalnia"}],
            "keywords": [
                {"@language": "fr", "@value": "mine"},
                {"@language": "pl", "@value": "węgiel"},
                {"@language": "pl", "@value": "szyb"},
            ],
            "creditText": {"@language": "fr", "@value": "Équipe"},
            "license": ["https://example.org/a", "https://example.org/b"],
            "hasPart": [{"@type": "ImageObject", "caption": [{"@language": "fr", "@value": "La façade"}]}],
        },
        {"@type": "WebPage", "inLanguage": "fr", "url": "/fr/sites/a"},
        {"@type": "WebPage", "inLanguage": "pl", "url": "/pl/miejsca/a"},
    ],
}


def test_a_page_says_what_it_is_in_its_language() -> None:
    made = json.loads(page_jsonld(json.dumps(DOCUMENT).encode(), "pl"))
    place, *pages = made["@graph"]
    assert place["name"] == {"@language": "pl", "@value": "Kopalnia"}
    assert [each["@value"] for each in place["keywords"]] == ["węgiel", "szyb"]
    assert pages == [{"@type": "WebPage", "inLanguage": "pl", "url": "/pl/miejsca/a"}]


def test_what_is_in_one_language_only_stays() -> None:
    (place, *_) = json.loads(page_jsonld(json.dumps(DOCUMENT).encode(), "pl"))["@graph"]
    assert place["creditText"]["@language"] == "fr"
    assert place["license"] == ["https://example.org/a", "https://example.org/b"]
    assert place["hasPart"][0]["caption"] == [{"@language": "fr", "@value": "La façade"}]


def test_a_page_without_such_a_document_says_nothing() -> None:
    assert page_jsonld(None, "fr") == ""
