"""Point clouds, and the surfaces reconstructed from them."""
