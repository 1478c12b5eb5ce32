"""Points, and the surface that they lie on."""
