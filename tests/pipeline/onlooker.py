"""A progress display that looks at the folder of a build."""

from __future__ import annotations

from pathlib import Path

from carreau.runs.progress import Progress


class Onlooker(Progress):
    """Looks at the folder of a build whenever a step begins, and keeps what is said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, dict[str, bytes]] = {}
        self.notes: list[str] = []

    def begin(self, label: str) -> None:
        files = [path for path in self.folder.glob("*") if path.is_file()]
        self.seen.setdefault(label, {path.name: path.read_bytes() for path in files})

    def note(self, message: str) -> None:
        self.notes.append(str(message))
