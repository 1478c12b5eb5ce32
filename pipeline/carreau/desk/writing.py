"""One writer at a time in a catalogue, whatever process it is in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from carreau.base.errors import StorageError
from carreau.base.folder_lock import alone_in
from carreau.base.messages import message

LONGEST_WAIT_S = 10.0
_PAUSE_S = 0.01


@contextmanager
def writing_in(root: Path) -> Iterator[None]:
    """Wait until no other desk writes in the folder, and keep others out; raises StorageError after ten seconds."""
    taken = message("%(folder)s: another desk is saving; try again", folder=str(root))
    until = time.monotonic() + LONGEST_WAIT_S
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(alone_in(root, taken))
                break
            except StorageError:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE_S)
        yield
