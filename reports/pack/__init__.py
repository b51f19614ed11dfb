"""Sealed audit evidence packs: built once, verified anywhere."""
