"""Access tokens: ES256 JWTs by RFC 9068, and the assurance level they tell (RFC 9470).

levels     the level by name, and what an operation asks of a token
access     a token as text: signed under one key of the ring, opened under any
service    issued to whoever is signed in, and looked up with the session they stand for
"""
