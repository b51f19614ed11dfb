"""The command line: verbs under singular nouns, data on stdout, talk on stderr."""
