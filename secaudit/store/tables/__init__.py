"""The tables, one module per room that owns them; all share one ``metadata``."""
