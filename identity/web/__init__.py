"""The HTTP face: the only rooms that speak Starlette.

`routes` is the table of everything served; `endpoint` decodes, chooses the pool, crosses into it
once, and answers; `problems` is the one place where an error becomes an RFC 9457 document;
`guard` is what an embedding application puts before a route of its own.
"""
