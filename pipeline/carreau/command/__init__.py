"""The command line of Carreau, and the names of its library."""
