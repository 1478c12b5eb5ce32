"""From a scan to its models: stages, builders, the flow of a scan, batches and reports."""
