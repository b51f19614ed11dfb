"""The internal audit as use cases: plan, start, sample, test, find, conclude, follow up, review."""
