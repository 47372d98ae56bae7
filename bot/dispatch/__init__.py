"""What happens to an update, in order: loading, routes, commands, buttons, fallbacks."""
