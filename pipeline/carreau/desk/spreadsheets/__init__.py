"""Places, facts and media as spreadsheets: out, and in again without losing anything."""
