"""Show a person how the work goes, and what went wrong with it."""
