"""The one verifier: every answer to every factor, on every path, passes through `Gate`.

Limits that sit in a flow are missed by the next flow (peers had a reset, a CIBA and a re-login
path without them); limits that sit in front of the verifier cannot be.
"""
