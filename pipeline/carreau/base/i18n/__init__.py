"""Languages, the translator, and the words that it needs: terms, surveys, massing."""
