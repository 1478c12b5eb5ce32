"""Publish the trails with their shows, and a voice of two seconds that is none of anybody."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.source_texts import extract
from carreau.command.cli import main
from tests.pipeline.site.media_files import jpeg, mp4, playable_webm
from tests.pipeline.site.publish.editions import PROJECT, edition, replace

PAGE = "/fr/recits/jules-mousseron/spectacle"
WITH_MODEL = "/fr/sites/terril-renard/spectacle"

_MEDIUM = """
[[media]]
id = "ton"
kind = "sound"
file = "ton.wav"
title = "Un ton"
credit = "Essai"
licence = "CC0-1.0"
transcript = "Un ton."
captions = "ton.vtt"

[[media]]
id = "vue"
kind = "image"
file = "vue.jpg"
title = "Une vue"
alt = "Des vagues de couleur."
credit = "Essai"
licence = "CC0-1.0"

[[media]]
id = "film"
kind = "video"
file = "film.mp4"
title = "Un film"
credit = "Essai"
licence = "CC0-1.0"
transcript = "Rien."
captions = "ton.vtt"

[[media]]
id = "parle"
kind = "video"
file = "parle.webm"
title = "Un film qui parle"
credit = "Essai"
licence = "CC0-1.0"
transcript = "Un ton."
captions = "parle.vtt"
"""
SPOKEN = {"": "On parle.", ".en": "<v Nobody>Somebody speaks.</v>", ".pl": "Ktoś mówi."}
"""Captions of the film that speaks, by what the names of their files end with."""
SPEAKING = 5
"""Number of its scene."""
_RATE = 44_100


def publish_show(folder: Path) -> Path:
    """Return the bundle: the trails with the place of one, and a site that has the same show, with that place's model.

    In that of the trail, the first scene has a sound and a picture, the second a film of ten seconds that no browser
    can decode, the sixth one of twenty seconds that speaks.
    """
    assets = edition(folder, ("terril-renard", "ancienne-abbaye-de-saint-amand"))
    shutil.copytree(PROJECT / "assets" / "trails", assets / "trails")
    own = assets / "trails" / "jules-mousseron"
    shutil.copy(own / "mots.show.toml", assets / "sites" / "terril-renard")
    shown = 'id = "le-nom"\nmodel = "ancienne-abbaye-de-saint-amand/mesures"\n'
    replace(assets / "sites" / "terril-renard" / "mots.show.toml", 'id = "le-nom"\n', shown)
    with wave.open(str(own / "ton.wav"), "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        tone = 8000 * np.sin(np.arange(2 * _RATE) * (2 * np.pi * 220 / _RATE))
        file.writeframes(tone.astype("<i2").tobytes())
    (own / "ton.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nUn ton\n")
    (own / "vue.jpg").write_bytes(jpeg())
    (own / "film.mp4").write_bytes(mp4())
    (own / "parle.webm").write_bytes(playable_webm())
    for ending, words in SPOKEN.items():
        (own / f"parle{ending}.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:20.000\n{words}\n", encoding="utf-8")
    replace(own / "mots.show.toml", 'id = "le-nom"\n', 'id = "le-nom"\nvoice = "ton"\nfigure = "vue"\n')
    replace(own / "mots.show.toml", 'id = "douze-ans"\n', 'id = "douze-ans"\nfigure = "film"\n')
    replace(own / "mots.show.toml", 'id = "les-titres"\n', 'id = "les-titres"\nfigure = "parle"\n')
    with (own / "mots.show.toml").open("a") as text:
        text.write(_MEDIUM)
    extract(read_catalogue(assets), folder / "locales")
    options = [f"--{name}={folder / name}" for name in ("bundle", "models", "cache")]
    with pytest.MonkeyPatch.context() as patch:
        # What is published once is compressed for a minute; this is read once.
        patch.setattr("carreau.site.content_store._quality", lambda *_: 1)
        assert (
            main(["build", "--assets", str(assets), *options, "--base-url", "https://carreau.example", "--quiet"]) == 0
        )
    return folder / "bundle"
