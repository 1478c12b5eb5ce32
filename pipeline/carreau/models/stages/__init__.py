"""The steps from a scan, an authored model or a survey to its levels."""
