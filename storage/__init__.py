"""What is kept: tables, the one commit, reading models, migrations and the append-only log."""
