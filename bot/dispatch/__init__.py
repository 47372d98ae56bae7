"""Dispatches updates, in order: loading, routes, commands, buttons, fallbacks."""
