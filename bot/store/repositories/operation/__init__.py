"""How the bot itself runs: heartbeats, flow versions, texts of languages, attempts."""
