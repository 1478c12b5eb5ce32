"""Command-line arguments of `carreau`: a module for each group of commands, as in `carreau.command.commands`."""
