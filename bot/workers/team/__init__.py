"""What a lead can do: invite, list and remove workers, and move cases."""
