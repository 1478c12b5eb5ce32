"""Turn the catalogue, its models and its texts into the answers of a bundle."""
