"""Write the pages that people read, from the documents of the API alone, in every language."""
