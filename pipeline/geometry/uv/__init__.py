"""How a surface lies on its textures: cut into charts, laid flat, packed."""
