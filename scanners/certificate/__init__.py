"""Certificates as servers show them: their facts, whom they lead to, what is wrong with them."""
