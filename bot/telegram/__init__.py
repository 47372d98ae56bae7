"""Everything that knows Telegram: receive, parse, render and send."""
