"""TLS that begins in the midst of another protocol: the words before it, and what they betray."""
