"""What `checkin doctor` checks and says."""
