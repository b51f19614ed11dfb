"""TLS: enumeration by raw ClientHellos, and the judgement of what a server accepts."""
