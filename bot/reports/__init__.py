"""What is given back: the report, the export, and what they may show."""
