"""What is published in these tests is small, quickly looked at and quickly compressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _quickly(small_looks: None) -> Iterator[None]:
    """Compress little: the bytes of a release depend on its inputs alone, whatever the quality."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1795507200")
        patch.setattr("carreau.site.content_store._quality", lambda *_: 5)
        yield
