"""The bundle: one release open for reading, checked when it is opened, and exchanged for the next."""
