"""Texts, dates and lists in a language."""
