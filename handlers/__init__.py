"""What the bot does when it is spoken to: one file a feature, functions (talk, said, facts) -> Turn."""
