"""Make each value once and keep it: what it is named by, where it lies, and what a step waits for."""
