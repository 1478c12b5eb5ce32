"""Search: parse a query, rank the results, and fill the search page."""
