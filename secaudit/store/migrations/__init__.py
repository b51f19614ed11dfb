"""The migrations: Alembic runs ``env.py`` and the scripts in ``versions``, in order."""
