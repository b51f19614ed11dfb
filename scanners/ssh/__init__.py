"""What an SSH server offers and which host keys it holds, seen without any authentication."""
