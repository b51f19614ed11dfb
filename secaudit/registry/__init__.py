"""Authorisations, zones, assets and schedules: what may be looked at, and what there is."""
