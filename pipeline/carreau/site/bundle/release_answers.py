"""The answers of a release by path and language, as a static host gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carreau.base.schema.bundle import FILES, Manifest
from carreau.base.schema.file_links import File


class ReleaseAnswers:
    """The answers of a release whose files are in a bundle."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        """Sort the answers of a manifest."""
        self.manifest = manifest
        self._root, self._languages = root, ("", *manifest.languages)
        by_digest = {file.sha256: file for file in manifest.files}
        self._named = {Path(file.path).name: file for file in manifest.files}
        self._answers: dict[str, dict[str, File]] = {}
        for answer in manifest.answers:
            if answer.sha256 in by_digest:
                self._answers.setdefault(answer.path, {})[answer.lang] = by_digest[answer.sha256]

    def paths(self) -> Iterator[str]:
        """Yield the paths that are answered."""
        yield from self._answers

    def find(self, path: str, language: str = "") -> File | None:
        """Return what a path answers in a language, or in the first there is; None for an unknown path.

        A path may also be that of a file, `/a/…`.
        """
        folder, _, name = path.removeprefix("/").partition("/")
        if folder == FILES:
            return self._named.get(name)
        found = self._answers.get(path, {})
        return next((found[each] for each in (language, *self._languages) if each in found), None)

    def exactly(self, path: str, language: str) -> File | None:
        """Return what a path answers in a language, None where it answers nothing in it."""
        return self._answers.get(path, {}).get(language)

    def place_of(self, file: File) -> Path:
        """Return where a file is."""
        return self._root / file.path

    def content(self, path: str, language: str = "") -> bytes:
        """Return the content of an answer; raises KeyError for an unknown path, OSError for a missing file."""
        file = self.find(path, language)
        if file is None:
            raise KeyError(path)
        return self.place_of(file).read_bytes()
