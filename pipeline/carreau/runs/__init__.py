"""Steps: their cache, where they run, and what they show."""
