"""Internationalisation: texts with their translations, and numbers, dates and units in five languages."""
