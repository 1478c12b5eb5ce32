"""Reconstruction of a place: ground and water, trees, the picture that lies on it, thin structures, and the whole."""
