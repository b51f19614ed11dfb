"""Files that go out to be filled in and come back: workbooks, CSV, and OSCAL plans of action."""
