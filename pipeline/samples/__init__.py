"""A simulated scan, the same bytes every time: no freely licensed scan of these sites exists."""

from pipeline.samples.sample import VERSION, SampleOptions, make_sample

__all__ = ["VERSION", "SampleOptions", "make_sample"]
