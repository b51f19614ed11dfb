"""The workspace on disk: tables, migrations, and the content-addressed evidence store."""
