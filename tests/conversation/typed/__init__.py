"""Tests of what people send: every kind of message, button and update."""
