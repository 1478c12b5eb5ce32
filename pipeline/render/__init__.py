"""How light finds a surface: cameras, rays and the colour they bring back."""
