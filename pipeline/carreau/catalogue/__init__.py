"""The catalogue that curators write: sites and routes in TOML, read, checked and created from templates."""
