"""Tests of the fake Telegram that other tests use; nothing of the product."""
