"""Names, licences, languages, transforms and TOML values of an import."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from carreau.catalogue.table_reader import ENTRY_NAME, plain_text
from carreau.catalogue.toml_values import number_value, point_value, text_value
from carreau.exports.importing.record import SourceAnnotation, SourceModel, SourcePlace, known_licence
from carreau.exports.importing.source_files import (
    X,
    Y,
    Z,
    columns,
    from_columns,
    is_identity,
    move_point,
    product,
    rotation,
    scaling,
    size_factor,
    translation,
    turn,
    turn_normal,
)
from carreau.exports.importing.texts import (
    clean,
    fit_texts,
    main_language,
    parse_language,
    place_names,
    place_slug,
    split_titles,
)


@given(st.text(max_size=400))
def test_the_catalogue_reads_the_text_that_was_written(text: str) -> None:
    wanted = clean(text)
    assert plain_text(tomllib.loads(f"key = {text_value(wanted)}")["key"]) == wanted


@given(st.floats(-1e6, 1e6))
def test_numbers_are_written_without_exponents(value: float) -> None:
    text = number_value(value)
    assert "e" not in text
    assert abs(float(tomllib.loads(f"key = {text}")["key"]) - value) < 1e-6


def test_a_point_that_the_catalogue_refuses_is_empty() -> None:
    assert (point_value(None), point_value((1e13, 0, 0)), point_value((0.5, 0, -2))) == ("[]", "[]", "[0.5, 0, -2]")


@given(st.dictionaries(st.sampled_from(["fr", "en"]), st.text(min_size=1, max_size=300).map(clean).filter(bool)))
def test_texts_are_cut_without_loss(texts: dict[str, str]) -> None:
    for cut in (split_titles, fit_texts):
        short, rest = cut(texts, 80)
        for code, text in texts.items():
            assert len(short[code]) <= 80
            whole = " ".join(f"{short[code]} {rest.get(code, '')}".split())
            assert " ".join(text.split()) in (whole, " ".join(rest.get(code, "").split()))


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/legalcode.fr", "CC0-1.0"),
        ("© Museum 2026, CC BY-NC-SA 4.0.", "CC-BY-NC-SA-4.0"),
        ("Licence Ouverte 2.0", "etalab-2.0"),
        ("CC0", "CC0-1.0"),
        ("http://rightsstatements.org/vocab/InC/1.0/", "InC"),
        ("CC BY", ""),
        ("CC BY 3.0", ""),
        ("CC BY 4.0 and CC BY-SA 4.0", ""),
        ("All rights reserved", ""),
        ("https://example.org/licenses/by/4.0/", ""),
        ("", ""),
    ],
)
def test_only_a_known_licence_is_taken(text: str, licence: str) -> None:
    assert known_licence(text) == licence


def test_the_main_language_is_french_then_the_first_there_is() -> None:
    assert main_language({"en": "a", "fr": "b"}) == "fr"
    assert main_language({"es": "a", "nl": "b", "": "c"}) == "nl"
    assert (main_language({"": "c", "ja": "d"}), main_language({"": "c"})) == ("ja", "")
    assert [parse_language(code) for code in ("EN", "zh-Hant", "none", "", "@none", None, "x")] == [
        "en", "zh", "", "", "", "", "",
    ]  # fmt: skip


def _pin(name: str, title: str) -> SourceAnnotation:
    return SourceAnnotation(name, None, None, {"fr": title}, {})


def test_names_are_those_of_the_source_where_they_are_good_for_links() -> None:
    pins = (
        _pin("chevalement", "Le chevalement"), _pin("zH0MAqrRO3pJ", "La Roue"), _pin("x", "La Roue"),
        _pin("0b0c5f1e-8f4e-4a49-9d3e-f0a7e0f6b6f1", "…"), _pin("", "…"),
    )  # fmt: skip
    place = SourcePlace("", {}, models=(SourceModel("Box", {}, None, annotations=(*pins, _pin("x", "y"))),))
    names = place_names(place)
    assert names.annotations[0][:3] == ("chevalement", "la-roue", "x")
    assert all(ENTRY_NAME.fullmatch(name) for name in names.annotations[0])
    assert len(set(names.annotations[0])) == len(names.annotations[0])
    assert names.states == ("box",)
    assert len(place_slug(SourcePlace("", {"fr": "mot " * 50}), "")) <= 60


NUMBER = st.floats(-10, 10).map(lambda value: round(value, 2))
VECTOR = st.tuples(NUMBER, NUMBER, NUMBER)


@given(VECTOR, VECTOR, VECTOR)
def test_transforms_agree_with_scipy(
    shift: tuple[float, float, float], angles: tuple[float, float, float], point: tuple[float, float, float]
) -> None:
    degrees = [each * 36 for each in angles]
    turning = Rotation.from_euler("YXZ", [degrees[1], degrees[0], degrees[2]], degrees=True)
    ours = product(translation(shift), turn(Y, degrees[1]), turn(X, degrees[0]), turn(Z, degrees[2]))
    assert np.allclose(move_point(ours, point), turning.apply(point) + shift, atol=1e-5)
    x, y, z, w = turning.as_quat()
    assert np.allclose(
        rotation((2 * x, 2 * y, 2 * z, 2 * w)),
        np.array(product(translation((-shift[0], -shift[1], -shift[2])), ours)),
        atol=1e-9,
    )
    assert from_columns(columns(ours)) == ours


def test_a_normal_stays_at_right_angles_when_the_surface_is_stretched_or_mirrored() -> None:
    stretched = scaling((4.0, 1.0, 1.0))
    normal = turn_normal(stretched, (1.0, 1.0, 0.0))
    assert normal is not None
    along = np.subtract(move_point(stretched, (1.0, -1.0, 0.0)), move_point(stretched, (0.0, 0.0, 0.0)))
    assert abs(np.dot(normal, along)) < 1e-5
    assert turn_normal(scaling((1.0, 1.0, -1.0)), (0.0, 1.0, 0.0)) == (0.0, 1.0, 0.0)
    assert turn_normal(stretched, (0.0, 0.0, 0.0)) is None
    assert is_identity(product())
    assert size_factor(scaling((2.0, 2.0, 2.0))) == pytest.approx(2.0)
