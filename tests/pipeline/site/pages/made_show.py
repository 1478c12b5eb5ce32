"""A short show, of a trail or a site, and a map that moves."""

from __future__ import annotations

from typing import Any

from carreau.base.languages import path_words
from tests.pipeline.site.pages.made import term, text


def show(slug: str, kind: str, lang: str, media: list[dict[str, Any]], model: str = "") -> dict[str, Any]:
    """Return a show in a language: a scene for every sound, picture and film, and one for a model.

    kind : of what it belongs to, "trails" or "sites"
    model : SITE/STATE; empty without one
    """
    owners = {code: f"/{code}/{word}/{slug}" for code, word in path_words(kind).items()}
    scenes = [
        {"id": each["id"], "seconds": 8, "light": "lamp", "text": text(f"Scène de {each['id']}"), "sources": ["a1"],
         "voice" if each["kind"] == "sound" else "figure": each["id"]}
        for each in media
    ]  # fmt: skip
    scenes += [{"id": "modele", "seconds": 8, "text": text("Un modèle"), "model": model}] if model else []
    return {
        "slug": slug, "lang": lang, "owner": owners[lang], "owner_kind": kind, "name": text(f"Spectacle {lang}", lang),
        "summary": text("Un spectacle."), "start": ["touch", "key"], "volume": 0.5,
        "attract": {"text": text("La lampe s’allume."), "light": "lamp"}, "scenes": scenes, "media": media,
        "sources": [{"id": "a1", "title": text("Un livre"), "url": "https://example.org", "reliability": term("B")}],
        "pages": {code: f"{owner}/{path_words('show')[code]}" for code, owner in owners.items()},
    }  # fmt: skip


def moving_map(slug: str, owners: dict[str, str], ground: str = "") -> dict[str, Any]:
    """Return a map that moves, with two steps of one feature.

    owners : pages of what it belongs to, by language
    ground : address of the picture under it; empty for the relief
    """
    spots = [{"feature": "puits", "points": [[lon, 50.355]], "is_new": True} for lon in (3.405, 3.41)]
    return {
        "slug": slug, "name": text(f"Carte {slug}"), "summary": text("Deux étapes."),
        "ground": {
            "url": ground, "bounds": [3.3, 50.3, 3.5, 50.4], "source": "S", "licence": "CC0-1.0", "credit": "Nobody",
            "rms_m": 12.0,
        } if ground else None,
        "features": [
            {"id": "puits", "kind": term("shaft"), "name": text("Le puits"), "label": "P", "evidence": term("attested"),
             "is_placed": True},
        ],
        "events": [
            {"id": f"etape-{number}", "number": number, "time": f"190{number}", "told": text(f"190{number}"),
             "title": text(f"Étape {number}"), "text": text("On creuse."), "evidence": term("attested"),
             "spots": [spot]}
            for number, spot in enumerate(spots, 1)
        ],
        "pages": {code: f"{owner}/{path_words('scenes')[code]}/{slug}" for code, owner in owners.items()},
    }  # fmt: skip
