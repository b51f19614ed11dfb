"""Scanning as a use case: from what a person asks to results, findings and a trace in the trail."""
