"""Read meshes: OBJ, PLY, STL, OFF, 3MF and COLLADA."""
