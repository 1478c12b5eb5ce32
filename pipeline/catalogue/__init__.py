"""What curators write about sites and routes: read, checked, and begun."""
