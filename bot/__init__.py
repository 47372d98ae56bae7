"""What touches the world: Telegram, the database, the clock and the terminal."""
