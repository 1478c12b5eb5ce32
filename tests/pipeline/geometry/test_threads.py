"""Work shared between threads is whole, and in order."""

import pytest

from carreau.base import process as shared


@pytest.mark.parametrize(("total", "band"), [(0, 4), (1, 4), (4, 4), (5, 4), (17, 4)])
def test_bands_cover_everything_once(total: int, band: int) -> None:
    places = [place for part in shared.bands(total, band) for place in range(total)[part]]
    assert places == list(range(total))
    assert all(part.stop - part.start <= band for part in shared.bands(total, band))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "THREADS", threads)
    assert shared.in_threads(lambda item: item * item, range(40)) == [item * item for item in range(40)]


def test_an_error_in_a_thread_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        shared.in_threads(lambda item: 1 // item, [1, 0, 2])
