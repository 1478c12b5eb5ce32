"""Make pictures, sounds, films and documents ready for the web."""
