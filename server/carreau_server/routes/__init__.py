"""Routes of the API and the pages, one module per group."""
