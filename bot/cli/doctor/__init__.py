"""What `checkin doctor` checks and prints."""
