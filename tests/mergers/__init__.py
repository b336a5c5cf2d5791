"""Changes of the map."""
