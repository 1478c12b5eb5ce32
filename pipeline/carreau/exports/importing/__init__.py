"""Move scenes of other programs into the catalogue: one module for each format, and one record for all of them."""
