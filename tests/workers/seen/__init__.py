"""Tests of telling who asked for a person that a worker has seen it."""
