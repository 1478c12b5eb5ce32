"""Do what the `carreau` command was asked: a module for each kind of command."""
