"""Tests of the stop grammar, and the lists it is measured on."""
