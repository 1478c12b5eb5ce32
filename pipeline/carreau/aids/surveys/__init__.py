"""Gather surveys of the sites of a catalogue, and enter them there."""
