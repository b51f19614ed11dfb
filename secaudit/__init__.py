"""secaudit: data-security and ISO 27001 assurance for a city."""

__version__ = "0.1.0"
