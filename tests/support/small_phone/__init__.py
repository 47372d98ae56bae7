"""A small phone: what of a message it shows at once, every question as sent, pictures of it."""
