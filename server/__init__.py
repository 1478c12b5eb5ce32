"""Hand out finished models over HTTP: no heavy import, no way to write."""
