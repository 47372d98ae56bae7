"""The bot's own operation: heartbeats, flow versions, language texts, attempts."""
