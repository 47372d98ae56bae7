"""The law of precedence: what becomes of every kind of update in every state, held to a file."""
