"""A store in memory takes what a preview shows, and nothing that a bundle may not have."""

import pytest

from carreau.base.errors import OptionError
from carreau.site.content_store import MemoryStore


def test_sounds_of_curators_are_played_as_they_are() -> None:
    store = MemoryStore(lambda _: "")
    file = store.add_bytes(b"fLaC", "flac")
    assert (file.ext, file.media_type, file.bytes) == ("flac", "audio/flac", 4)
    assert store.kept[file.path] == b"fLaC"


def test_other_files_are_refused() -> None:
    with pytest.raises(OptionError, match=r"\.exe cannot be published"):
        MemoryStore(lambda _: "").add_bytes(b"MZ", "exe")
