"""For translators: extracting texts, updating catalogues, style checks."""
