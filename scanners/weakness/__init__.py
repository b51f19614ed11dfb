"""Known weaknesses of TLS servers: each proved, absent or inconclusive, never guessed."""
