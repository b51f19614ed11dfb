"""What a TLS server does around protocols and suites: features, tickets, renegotiation, names."""
