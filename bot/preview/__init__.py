"""Preview of the questions: a simulated conversation on a temporary store."""
