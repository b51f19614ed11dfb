"""The risk register: what the findings could cost, and who decided what about it."""
