"""Read meshes from OBJ, PLY and STL."""
