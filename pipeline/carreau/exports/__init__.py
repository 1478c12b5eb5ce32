"""Exports of sites and routes in other formats, one module per standard, all made from one record."""
