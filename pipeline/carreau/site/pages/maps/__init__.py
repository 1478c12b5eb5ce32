"""Maps of the pages as SVG paths, from GeoJSON outlines; they contain no text of a language but names."""
