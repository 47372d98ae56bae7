"""The `answering` command."""
