"""A lock on a folder, which the system takes away from a process that ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carreau.base.errors import StorageError
from carreau.base.messages import Message

_CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def alone_in(folder: Path, taken: Message) -> Iterator[None]:
    """Keep other processes, and other threads, that ask for the same folder out of it.

    The lock (flock) is on the folder itself and leaves no file behind. Windows and some network file systems cannot
    lock a folder; there nothing is kept out.

    taken : what is told while another has it
    Raises StorageError at once while another has it, OSError where the folder cannot be opened.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(taken) from None
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                raise
        yield
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
