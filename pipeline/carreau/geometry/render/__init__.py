"""Ray casting on the processor: cameras, views, sampling and image metrics."""
