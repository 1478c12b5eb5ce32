"""What is wrong with a surface: found, and counted."""
