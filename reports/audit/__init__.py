"""The report of an internal audit as HTML, PDF and JSON, in both languages."""
