"""Server: finished models and their texts over HTTP, read-only and without heavy imports."""
