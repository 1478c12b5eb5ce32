"""What is said in several languages: texts with their translations, and numbers, dates and sentences."""
