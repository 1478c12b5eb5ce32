"""Read scans and authored scenes from GLB and glTF, and write scenes."""
