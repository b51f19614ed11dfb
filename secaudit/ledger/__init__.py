"""Findings and their life, working days, and the audit trail: what happened next."""
