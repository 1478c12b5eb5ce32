"""The pages of the curator's desk, on this machine only."""
