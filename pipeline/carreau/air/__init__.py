"""Places seen from the air, and reliefs and solids made from measures: gathering, files, reconstruction."""
