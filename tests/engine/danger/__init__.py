"""What danger is measured on. Nothing here is anybody's real words."""
