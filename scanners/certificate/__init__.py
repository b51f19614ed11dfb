"""Certificates as servers show them: their facts, whom they lead to, and what is wrong with them."""
