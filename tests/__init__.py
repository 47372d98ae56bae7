"""Conversations that read as a person with a phone, and laws that hold for every flow."""
