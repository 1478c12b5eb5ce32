"""A server that speaks as the open data services do, for tests and benchmarks without the network."""
