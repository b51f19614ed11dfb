"""What the domain name system says about a name: who may certify it, and who may mail for it."""
