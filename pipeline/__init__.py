"""Turn scans of mining heritage into models any phone can open."""
