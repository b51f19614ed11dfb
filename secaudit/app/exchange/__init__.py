"""Findings, plans and the risk register out and in again, as files that people fill in."""
