"""Detects danger in a text: phrases with gaps, spelling, per language."""
