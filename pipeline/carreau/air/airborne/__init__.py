"""Models of places from classified airborne laser points, an orthophoto and outlines of buildings."""
