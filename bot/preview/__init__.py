"""Trying the questions out: a play of a conversation, on a store that is thrown away."""
