"""Translate between bytes and the model: the table of formats, and what their readers share."""
