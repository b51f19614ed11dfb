"""The sample city: real servers on loopback, and the whole chain run over them."""
