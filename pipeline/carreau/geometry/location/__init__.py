"""Location, orientation and size of a scan."""
