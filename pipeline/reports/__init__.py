"""Tell what a build made: as numbers, and as pages in a reader's language."""
