"""Tests of the architecture and the documents."""
