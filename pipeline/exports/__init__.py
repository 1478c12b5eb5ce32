"""Tell the world about sites and routes, each standard in a module of its own, all from one record."""
