"""Another caption gives the very bytes that encoding the picture with it would."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image

from carreau.site.renditions import (
    FORMATS,
    Attribution,
    _decode,
    _encode,
    credit_image,
    encode_picture,
    exif,
    with_metadata,
    xmp,
)

CREDITS = [
    Attribution(
        "Équipe", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/", "La façade", "Un mur, à l’ombre"
    ),
    Attribution("A", "B"),
    Attribution("", ""),
    Attribution("Une équipe", "CC0-1.0", title="Titre " * 30, alt="Un très long texte. " * 40),
]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "a.png"
    Image.frombytes("RGB", (400, 120), random.Random(3).randbytes(400 * 120 * 3)).save(path)
    return path


@pytest.mark.parametrize("credit", CREDITS, ids=["all", "least", "none", "long"])
def test_it_is_as_if_encoded_with_it(picture: Path, credit: Attribution) -> None:
    image, about = _decode(picture), {"exif": exif(credit), "xmp": xmp(credit)}
    made = {
        form.media_type: form.content
        for form in credit_image(encode_picture(picture), credit).forms
        if form.width == 400
    }
    for media_type, (name, options) in FORMATS.items():
        assert made[media_type] == _encode(image, name, options | about), media_type


def test_what_is_not_there_once_is_refused(picture: Path) -> None:
    for form in encode_picture(picture).forms:
        with pytest.raises(ValueError, match="not there once"):
            with_metadata(form.content, form.media_type, b"nowhere in it", b"")
