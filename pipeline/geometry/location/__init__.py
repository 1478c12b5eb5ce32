"""Where a scan stands: upright, in metres, on the ground, on the Earth."""
