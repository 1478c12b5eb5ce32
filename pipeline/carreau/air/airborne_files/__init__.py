"""The folder of a survey from the air: its record, points, pictures, buildings and terrain."""
