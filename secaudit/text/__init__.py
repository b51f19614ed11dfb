"""Languages, locale formats, and escaping for every place where text is shown."""
