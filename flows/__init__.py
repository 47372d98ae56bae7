"""What is said: every question, answer and phrase, as files that anyone may open and change."""
