"""Look at a medium's file, no further than its header where that is enough."""
