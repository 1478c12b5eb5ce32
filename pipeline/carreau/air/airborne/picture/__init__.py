"""The photograph that lies on a model."""
