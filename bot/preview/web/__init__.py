"""The questions as a local web page that looks like a phone, for a review by several people."""
