"""API clients: programs of the firm that call us, each with what it may do and until when.

assertions       a client's own signature over who it is: `private_key_jwt` (RFC 7523)
registry         clients added and revoked, by the command line
authentication   a call admitted by secret or signature, and its scope: each one an event
"""
