"""Gather what a report shows: every room is asked here, and answers in plain values."""
