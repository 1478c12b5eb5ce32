"""The schema.org document of a place, route or trail, as a page has it: in the page's language.

The whole document, with all languages, is one of the page's formats: `/v1/sites/fosse-mathilde.jsonld`.
"""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from carreau.site.pages.links import script_json


def page_jsonld(document: bytes | None, language: str) -> Markup:
    """Return a document in one language, escaped for a `<script>` element; empty for none."""
    if not document:
        return Markup("")
    return script_json(json.dumps(_in_language(json.loads(document), language)).encode())


def _in_language(value: Any, language: str) -> Any:
    """Return a value of JSON-LD without texts and pages in other languages, where there are any in this one.

    >>> _in_language([{"@language": "fr", "@value": "Fosse"}, {"@language": "en", "@value": "Pit"}], "en")
    {'@language': 'en', '@value': 'Pit'}
    >>> _in_language([{"@language": "fr", "@value": "Fosse"}, "CC0-1.0"], "en")
    [{'@language': 'fr', '@value': 'Fosse'}, 'CC0-1.0']
    >>> _in_language([{"@type": "WebPage", "inLanguage": "fr"}, {"@type": "Place"}], "en")
    [{'@type': 'Place'}]
    """
    if isinstance(value, dict):
        return {key: _in_language(each, language) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    told = [each for each in value if not _is_page_in_another(each, language)]
    if told and all(isinstance(each, dict) and "@language" in each for each in told):
        found = [each for each in told if each["@language"] == language]
        return found[0] if len(found) == 1 else found or told
    return [_in_language(each, language) for each in told]


def _is_page_in_another(value: Any, language: str) -> bool:
    return isinstance(value, dict) and value.get("@type") == "WebPage" and value.get("inLanguage") != language
