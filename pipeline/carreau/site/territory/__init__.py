"""The table model of the territory, made from the catalogue alone: its sources, its file, its cameras and pictures."""
