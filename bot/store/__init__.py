"""Tables, queries and encryption: the only room that writes SQL."""
