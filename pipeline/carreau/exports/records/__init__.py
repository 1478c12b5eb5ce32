"""Records of sites and routes, and what all exports share: URLs, rights, labels, serialisation."""
