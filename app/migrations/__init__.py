"""How the database came to be, one step per file; run at every start."""
