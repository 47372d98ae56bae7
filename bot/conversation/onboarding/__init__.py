"""From the first message to consent."""
