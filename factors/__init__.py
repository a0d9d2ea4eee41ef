"""Authentication factors as pure functions of what they are given.

A factor reads no clock, draws no chance, opens no file and keeps nothing: time and entropy come
in through `Context`, and whatever it must remember (a TOTP's last step, a WebAuthn counter)
travels inside the credential that it hands back. The shell stores that credential by
compare-and-swap, which is what makes a code count once however many requests race.

To add a factor: one file here that satisfies `contract.Factor`, one line in `registry.py`.
"""
