"""Receives updates: polling and webhook, parsing, flood control."""
