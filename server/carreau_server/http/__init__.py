"""HTTP: the request's context, negotiation, caching, files, problems, limits and the process that serves."""
