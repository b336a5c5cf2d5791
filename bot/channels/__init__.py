"""One file a platform, each of the shape in `base`."""
