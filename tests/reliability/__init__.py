"""Tests of the bot under crashes, bad clocks and broken parts."""
