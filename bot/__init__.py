"""The bot: Telegram, the database, conversations, jobs and commands."""
