"""What services get back: the report, the export, and disclosure control for both."""
