"""How often somebody may try, told in one table and counted before anything is verified.

`limits` is the table, `gcra` the arithmetic, `way` how a caller comes in. The counting itself is
the store's (`Windows`, `Failures`); who asks for it is `identity.gate`, and nobody else.
"""
