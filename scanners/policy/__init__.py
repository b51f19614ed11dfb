"""Published guidelines as profiles, and what an endpoint's facts say about each of their rules."""
