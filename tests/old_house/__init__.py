"""What the commit before the redesign left behind, and the proof that today's program goes on."""
