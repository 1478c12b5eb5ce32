"""Write the page that is shown where there is no network and no copy."""

from __future__ import annotations

from pipeline.pages.addresses import own_page, own_pages
from pipeline.pages.head import Head
from pipeline.pages.rendering import Voice


def offline_page(voice: Voice) -> bytes:
    """Return the page; a script names the walks that are on the device."""
    speech, edition = voice.speech(), voice.edition
    title = speech.words("You are offline")
    head = Head(
        f"{title} – Carreau",
        title,
        voice.language,
        edition.base_url,
        address=own_page("offline", voice.language),
        versions=own_pages("offline", edition.languages),
        is_indexed=False,
        script=edition.assets.walk_script,
    )
    return voice.page(voice.content("offline.html", speech), head, speech)
