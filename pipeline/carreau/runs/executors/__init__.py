"""Make many steps: side by side, in other processes, on a cluster."""
