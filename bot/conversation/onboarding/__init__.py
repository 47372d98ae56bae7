"""The way from the first message to consent."""
