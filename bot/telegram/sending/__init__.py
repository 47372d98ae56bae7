"""Sends replies: one queue per chat, rate limits, retries, attachments, the delivery log."""
