"""What did we see, and is it good? Probes open sockets; rules judge what they saw."""
