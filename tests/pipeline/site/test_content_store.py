"""The content store trusts no file that it did not just hash."""

from __future__ import annotations

from pathlib import Path

import brotli
import pytest

from carreau.base.errors import OptionError
from carreau.site.content_store import ContentStore, digest_content
from tests.pipeline.site.bundle_pages import PAGE
from tests.pipeline.site.damages import DAMAGES


@pytest.mark.parametrize("ending", ["", ".br", ".gz"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_written_again(tmp_path: Path, damage: str, ending: str) -> None:
    first = ContentStore(tmp_path).add_bytes(PAGE, "html")
    path = tmp_path / f"{first.path}{ending}"
    sound = path.read_bytes()
    DAMAGES[damage](path)
    again = ContentStore(tmp_path)
    assert not again.has(first)
    assert again.add_bytes(PAGE, "html") == first
    assert path.read_bytes() == sound
    assert again.written == len(sound)
    assert again.has(first)


def test_what_was_hashed_once_is_not_hashed_again_in_a_part(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    file = store.scope().add_bytes(PAGE, "html")
    (tmp_path / file.path).write_bytes(PAGE[:-1] + b"?")
    assert store.has(file)
    assert not ContentStore(tmp_path).has(file)


def test_a_rotten_copy_that_lies_ready_is_not_taken(tmp_path: Path) -> None:
    model, ready = tmp_path / "phone.glb", tmp_path / "phone.glb.br"
    model.write_bytes(b"glTF" + bytes(4000))
    ready.write_bytes(brotli.compress(b"another model"))
    file = ContentStore(tmp_path / "bundle").add_file(model, ready)
    assert brotli.decompress((tmp_path / "bundle" / f"{file.path}.br").read_bytes()) == model.read_bytes()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "poster.webp"
    picture.write_bytes(b"RIFF" * 100)

    def too_early(path: Path, coding: str = "") -> str:
        digest = digest_content(path, coding)
        picture.write_bytes(b"another" * 100)
        return digest

    monkeypatch.setattr("carreau.site.content_store.digest_content", too_early)
    with pytest.raises(OptionError, match=r"poster\.webp changed while it was being read; publish again"):
        ContentStore(tmp_path / "bundle").add_file(picture)
    assert not list((tmp_path / "bundle" / "a").iterdir())
