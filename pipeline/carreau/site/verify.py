"""Verify a bundle: hash every file, and list the missing and corrupt ones."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import OptionError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.schema.bundle import FILES, NAME, RELEASES, Manifest
from carreau.site.content_store import digest_content
from carreau.site.releases import NOTE, ReleaseFiles, kept_releases, read_manifest, readable, remove_note


@dataclass(frozen=True)
class Verified:
    """The result of verifying a bundle.

    files, bytes : number and size of the hashed files
    missing, rotten : paths of missing and corrupt files
    former : those of them that publishing does not repair, because only former releases use them
    stray : paths of unused files
    is_copy : whether the folder is a copy, with responses under static names
    is_noted : whether the next publish checks every file
    """

    root: Path
    releases: int
    files: int
    bytes: int
    missing: tuple[str, ...]
    rotten: tuple[str, ...]
    stray: tuple[str, ...]
    former: tuple[str, ...] = ()
    is_copy: bool = False
    is_noted: bool = True

    @property
    def exit_code(self) -> int:
        """Return 1 if a file is missing or corrupt."""
        return 1 if self.missing or self.rotten else 0

    def lines(self) -> list[Message]:
        """Return it for a person."""
        lines = [message("missing: %(path)s", path=path) for path in self.missing]
        lines += [message("corrupt: %(path)s", path=path) for path in self.rotten]
        cure = message("it may be removed") if self.is_copy else message("`carreau publish --keep N` removes it")
        lines += [message("stray: %(path)s: no release uses it; %(cure)s", path=path, cure=cure) for path in self.stray]
        if self.former:
            count = plural_message(
                "%(count)s of them is used by former releases only",
                "%(count)s of them are used by former releases only",
                len(self.former),
            )
            cure = message("`carreau publish --keep 0` removes these releases")
            lines.append(message("%(place)s: %(cause)s; %(cure)s", place=str(self.root), cause=count, cure=cure))
        return [*lines, self._summary()]

    def _summary(self) -> Message:
        return message(
            "%(path)s: %(files)s, %(size)s MB, %(releases)s: %(state)s",
            path=str(self.root),
            files=plural_message("%(count)s file", "%(count)s files", self.files),
            size=Number(self.bytes / 1e6, ",.1f"),
            releases=plural_message("%(count)s release", "%(count)s releases", self.releases),
            state=self._state(),
        )

    def _state(self) -> Message:
        if not self.exit_code:
            return message("no damage")
        if self.is_copy:
            return message("copy it again with `carreau publish --to` to repair it")
        if self.is_noted:
            return message("publish again to repair it")
        return message("delete its %(file)s, and publish again to repair it", file=NOTE)

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "releases": self.releases, "files": self.files, "bytes": self.bytes,
            "missing": list(self.missing), "rotten": list(self.rotten), "stray": list(self.stray),
            "former": list(self.former),
        }  # fmt: skip


def verify(root: Path, on_progress: Callable[[int, int], None] | None = None) -> Verified:
    """Hash all files of the releases of a bundle; raises OptionError where there is no bundle.

    If a file is missing or corrupt, the next publish checks every file, even if no input changed.

    on_progress : called with the number of files that are done, and their total
    """
    if not (root / NAME).is_file():
        raise OptionError(message("%(path)s has no %(file)s; name the folder of a bundle", path=str(root), file=NAME))
    served, (former, damaged) = read_manifest(root / NAME), _former(root)
    files = [*(file for release in former for file in release.files), *served.files]
    static = _static(root, served)
    plain = {file.path: file.sha256 for file in files} | static
    expected = {name: (digest, "") for name, digest in plain.items()}
    expected |= {f"{file.path}.{coding}": (file.sha256, coding) for file in files for coding in file.copies}
    missing, rotten = list[str](), damaged
    for done, (name, (digest, coding)) in enumerate(sorted(expected.items())):
        if not (root / name).is_file():
            missing.append(name)
        elif digest_content(root / name, coding) != digest:
            rotten.append(name)
        if on_progress:
            on_progress(done + 1, len(expected))
    ours = {path for file in served.files for path in file.paths} | {*static}
    lengths = {file.sha256: file.bytes for file in files}
    return Verified(
        root,
        len(former),
        len(plain),
        sum(lengths[digest] for digest in plain.values()),
        tuple(missing),
        tuple(rotten),
        _strays(root, expected),
        former=tuple(name for name in (*missing, *rotten) if name in expected and name not in ours),
        is_copy=bool(static),
        is_noted=remove_note(root) if missing or rotten else True,
    )


def _former(root: Path) -> tuple[list[ReleaseFiles], list[str]]:
    """Return the files of former releases, and the paths of damaged manifests."""
    releases = readable(root)
    damaged = [f"{RELEASES}/{name}/{NAME}" for name in kept_releases(root) if name not in releases]
    return list(releases.values()), damaged


def _strays(root: Path, expected: Collection[str]) -> tuple[str, ...]:
    names = (f"{FILES}/{path.name}" for path in (root / FILES).glob("*"))
    return tuple(sorted(name for name in names if name not in expected))


def _static(root: Path, manifest: Manifest) -> dict[str, str]:
    """Return the digests of responses by static name; empty where the folder is not a copy.

    A copy has no former releases; one in the folder of another bundle is recognised by its static names.
    """
    digests = {answer.static: answer.sha256 for answer in manifest.answers if answer.static}
    is_copy = not (root / RELEASES).is_dir() or any((root / name).is_file() for name in digests)
    return digests if is_copy else {}
