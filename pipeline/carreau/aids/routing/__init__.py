"""The lines of routes: computed along paths and streets by an open routing service, or imported from a receiver."""
