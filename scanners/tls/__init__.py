"""TLS as a server offers it: protocol versions, cipher suites, key exchange. Our own hellos."""
