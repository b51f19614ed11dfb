"""Notices: what people are told of without asking, through which channel, and when."""
