"""The use cases: the one place that knows all rooms."""
