"""Files that a source refers to: only regular files in its own folder are read, and nothing is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from carreau.base.messages import Message, message

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_SHOWN = 80


class NotTakenError(Exception):
    """A file cannot be taken; `reason` says why, as the end of a sentence that names the file."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """A file beside the source.

    address : where the source says that it is, if that is on the network: then it was found by its name
    """

    path: Path
    address: str = ""


class SourceFolder:
    """The folder of a source.

    document : the source
    base : its address on the network, where it names one; files below it are looked for at the same place below `root`
    """

    def __init__(self, document: Path, base: str = "") -> None:
        """Set the folder."""
        self.root = document.parent
        self._base = base.rpartition("/")[0] + "/" if _is_web(base) else ""

    def find(self, reference: str) -> Found:
        """Return the file of a reference; raises NotTakenError.

        A file whose address is on the network is looked for beside the source, as browsers save it.
        """
        if _is_web(reference):
            return Found(self._saved(reference.strip()), shortened(reference))
        if _SCHEME.match(reference):
            raise NotTakenError(
                message(
                    "'%(address)s' is no file beside the source, and only these are read", address=shortened(reference)
                )
            )
        return Found(self._inside(reference))

    def _saved(self, address: str) -> Path:
        tails = [_path(address).rpartition("/")[2]]
        if self._base and address.startswith(self._base):
            tails.insert(0, address.removeprefix(self._base))
        for tail in tails:
            try:
                return self._inside(tail)
            except NotTakenError:
                continue
        raise NotTakenError(
            message(
                "it is at %(address)s, and nothing is fetched; save it beside the source, and import again",
                address=shortened(address),
            )
        )

    def _inside(self, reference: str) -> Path:
        name = unquote(_path(reference)).replace("\\", "/").strip()
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or _SCHEME.match(name):
            raise NotTakenError(
                message("'%(path)s' leads out of the folder of the source; nothing is read there", path=shortened(name))
            )
        path = self.root
        try:
            for part in parts:
                path /= part
                if path.is_symlink():
                    raise NotTakenError(
                        message("'%(path)s' is a symbolic link, and these are not followed", path=shortened(name))
                    )
            if parts and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # a name that no file can have
        raise NotTakenError(message("there is no file '%(path)s' beside the source", path=shortened(name)))


def _is_web(reference: str) -> bool:
    text = reference.strip().lower()
    return text.startswith(("http:", "https:", "//"))


def _path(reference: str) -> str:
    """Return a reference without its query and fragment."""
    return reference.strip().partition("#")[0].partition("?")[0]


def shortened(text: str) -> str:
    """Return a reference for a message, with at most 80 characters."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
