"""HTTP/1.1 to the Bot API, underneath python-telegram-bot."""
