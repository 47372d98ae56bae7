"""The gentle question: asked once, and its answer heard."""
