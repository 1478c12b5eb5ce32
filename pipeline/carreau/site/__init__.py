"""What is published: responses, pages, bundle, media, and the table model of the territory."""
