"""Tests of the content that people read."""
