"""Reads short replies to our own questions: yes, no, later, an age, and their like."""
