"""One script for each revision; a released one is never changed."""
