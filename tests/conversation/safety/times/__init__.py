"""Tests of when a participant may be written to."""
