"""Hears a wish to be left alone in a whole message: the stop grammar."""
