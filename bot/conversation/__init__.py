"""The use cases: what happens to what a person sends, one transaction for all that has arrived."""
