"""The table model of a territory: communes as a plate, places raised from their outlines, routes as inlays."""
