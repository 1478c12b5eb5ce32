"""The list of what `make setup` compiles names every compiled function, as it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base import precompile
from carreau.formats.meshes.obj_parse import rows_for
from tests.kernel_signatures import HEADER, fits, load_kernels, only_listed, write

types: Any = numba.types
typeof: Any = numba.typeof
LINES = list(precompile.listed_signatures())


def test_every_compiled_function_is_listed_and_nothing_else() -> None:
    assert {precompile.kernel_name(line) for line in LINES} == load_kernels()


def test_the_list_is_in_order_and_says_nothing_twice() -> None:
    assert sorted(set(LINES)) == LINES


@pytest.mark.parametrize("line", LINES, ids=precompile.kernel_name)
def test_a_line_is_read_as_it_was_written_and_fits_its_function(line: str) -> None:
    assert precompile.written_signature(precompile.kernel_name(line), precompile.read_signature(line)) == line
    assert fits(line)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 3)), "float64[:, ::1]"),
        (np.zeros((2, 3), np.uint8, order="F"), "uint8[::1, :]"),
        (np.zeros((2, 3, 4), np.float32)[:, ::2], "float32[:, :, :]"),
        (np.zeros(5, bool)[::2], "boolean[:]"),
        (read_only(np.zeros(5, np.int32)), "readonly(int32[::1])"),
        (3, "int64"),
        (2.5, "float64"),
        (np.uint8(1), "uint8"),
        (True, "boolean"),
        (None, "none"),
        ((1, 2.0), "(int64, float64, )"),
        ((1, 2), "(int64, int64, )"),
    ],
)  # fmt: skip
def test_what_is_called_with_has_a_notation(value: object, text: str) -> None:
    kind = typeof(value)
    assert precompile.written_signature("f", [kind]) == f"f({text})"
    assert precompile.read_signature(f"f({text})") == (kind,)


def test_a_named_tuple_is_written_with_its_class() -> None:
    kind = typeof(rows_for(100))
    text = precompile.written_signature("f", [kind])
    assert text.startswith("f(carreau.formats.meshes.obj_parse.Rows(float64[:, ::1], ")
    assert precompile.read_signature(text) == (kind,)


@pytest.mark.parametrize(
    "kind",
    [
        typeof("a text"),
        typeof(np.zeros(3, "m8[s]")),
        types.Array(types.float64, 1, "C", aligned=False),
    ],
    ids=str,
)
def test_what_has_no_notation_is_refused(kind: object) -> None:
    with pytest.raises(precompile.NotationError):
        precompile.written_signature("f", [kind])


@pytest.mark.parametrize("line", ["f(", "f", "f(float63)", "f('int64')", "f(float64[", "f(lambda: 1)"])
def test_what_is_no_signature_is_refused(line: str) -> None:
    with pytest.raises(precompile.NotationError):
        precompile.read_signature(line)


def test_what_is_compiled_and_not_listed_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from carreau.geometry.triangles import _areas

    listed = tmp_path / "signatures.txt"
    gone = ("carreau.geometry.mesh_parts.gone(int64)", "carreau.geometry.triangles._areas(int64)")
    listed.write_text(HEADER + "\n".join(gone))
    monkeypatch.setattr(precompile.listed_signatures, "__defaults__", (listed,))
    monkeypatch.setattr(precompile, "SIGNATURES", listed)
    positions: Any = np.zeros((3, 3), np.int16)
    faces: Any = np.zeros((1, 3), np.uint8)
    with pytest.raises(AssertionError, match="_areas"), only_listed():
        _areas(positions, faces)
    found = "carreau.geometry.triangles._areas(int16[:, ::1], uint8[:, ::1])"
    write({found})
    assert listed.read_text() == f"{HEADER}{found}\n"
