"""What is spoken behind an open port: greetings, questions, and what the answers say."""
