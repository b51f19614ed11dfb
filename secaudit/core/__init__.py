"""Values, identifiers, canonical JSON and the hash chain: standard library only, no I/O."""
