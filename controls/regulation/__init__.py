"""Reading an Indonesian regulation into its tree, and finding what in it may concern security."""
