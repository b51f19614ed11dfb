"""Certificates: the facts of a chain as it was sent, and what they are worth."""
