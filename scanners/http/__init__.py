"""What a web server says about its own protection: one request a name, answered within bounds."""
