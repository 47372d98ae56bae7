"""Tools for authors of questions: checks, diagrams, feedback, and other formats."""
