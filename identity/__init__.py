"""The shell: everything that has state, the Starlette application, and the command line.

Direction (import-linter holds it):

    cli -> app -> assembly -> web -> login | accounts | proofing | certificates | compliance
        -> tokens | clients -> sessions -> gate -> policy | throttling | outbox
        -> audit -> keys -> storage.ports -> settings -> model, errors, clock, entropy

Only `app` names a concrete store; only `web` and `app` speak Starlette; only `settings` reads the
environment; only `clock` and `entropy` read time and chance.
"""
