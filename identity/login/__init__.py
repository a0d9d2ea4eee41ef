"""Logins, activations and step-ups as one machine, and the sessions they open.

`machine` is pure: what a transaction may be asked next, and what an accepted answer makes of it.
`service` runs it against the store and the gate; `sessions` keeps what came of it.
"""
