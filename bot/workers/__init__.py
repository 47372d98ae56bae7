"""What an outreach worker can do: bring people in, ask for check-ins, read what was shared."""
