"""Read scenes from GLB and glTF."""
