"""What this service answers to, and where it does: the register of clauses.

`register` reads the list in `clauses.toml`, `where` finds the code and the tests of a clause.
"""
