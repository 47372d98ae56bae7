"""The questions as a local web page that looks like a phone, for people round a table."""
