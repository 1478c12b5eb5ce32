"""Files of former releases that a bundle still keeps, so that pages that are open keep working after a publication."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from carreau.base.schema.bundle import FILES, NAME, RELEASES
from carreau_server.bundle.stored_file import COLUMNS, StoredFile

Files = dict[tuple[str, str], StoredFile]


def read_kept_files(bundle: Path) -> Files:
    """Return the files of all kept releases, by digest and extension; unreadable ones are left out.

    Former releases are used only for files that the current one does not have, so damage there refuses nothing: those
    files are then not found.
    """
    files: Files = {}
    for path in sorted((bundle / RELEASES).glob(f"*/{NAME}")):
        try:
            database = json.loads(path.read_bytes())["database"]
            uri = f"{(bundle / FILES / f'{database}.sqlite').absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                for row in connection.execute(f"SELECT {COLUMNS} FROM file"):  # noqa: S608 - a constant
                    file = StoredFile(*row)
                    files[file.sha256, file.ext] = file
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error):
            continue
    return files
