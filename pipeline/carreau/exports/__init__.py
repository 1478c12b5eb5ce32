"""Exports of sites, routes and trails in other formats, all made from one record."""
