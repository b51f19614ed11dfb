"""YAML with file and line in its errors, overlays, and JSON Schemas."""
