"""Tests of how an update finds its handler."""
