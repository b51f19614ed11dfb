"""The GCIO's conformity report: drawn up, issued, passed on, received, and verified again."""
