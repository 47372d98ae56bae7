"""The only room that knows Telegram: receive, understand, render, send."""
