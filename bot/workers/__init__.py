"""The workers' side: invite participants, request check-ins, read what was shared."""
