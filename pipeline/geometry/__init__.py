"""Array geometry that several stages share: no file, no option, no image."""
