"""What the shell keeps: the ports, and one implementation of them over SQL.

Everything but `identity.app` sees `ports` only.
"""
