"""The store over SQLAlchemy Core: SQLite for one process, PostgreSQL for many nodes.

One module per port, named as the port is. Statements are built once, at import, so that each is
compiled once (`statement`) and then runs on the driver's connection (`connection`); there is no
ORM. What the two databases do differently is in `dialect` and `engine`, and nowhere else.
"""
