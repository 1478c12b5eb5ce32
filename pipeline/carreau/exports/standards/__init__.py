"""Standards that the catalogue is exported in, a module each."""
