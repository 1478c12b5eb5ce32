"""Texts on their way to translators and back, as PO or XLIFF."""
