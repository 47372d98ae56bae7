"""Everything participants read: all questions, answers and phrases, as editable files."""
