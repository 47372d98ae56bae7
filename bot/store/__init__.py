"""Tables, queries and encryption: the only package that uses SQL."""
