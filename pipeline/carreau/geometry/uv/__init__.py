"""UV layouts: charts, flattening and packing."""
