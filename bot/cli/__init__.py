"""The `checkin` command."""
