"""The HTML pages in every language, generated from the documents of the API."""
