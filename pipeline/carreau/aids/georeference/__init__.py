"""Put a scan of an old map on today's coordinates, by points that are on both."""
