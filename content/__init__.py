"""What the bot knows and how it reasons. Pure: no clock, no network, no SQL, no framework."""
