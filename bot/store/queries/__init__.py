"""Read-only queries: reports, feedback, subject access, visibility, health."""
