"""Tests of what workers type where a button could be tapped."""
