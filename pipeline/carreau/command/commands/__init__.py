"""The commands of `carreau`."""
