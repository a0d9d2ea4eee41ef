"""An account from application to closing, and the factors bound to it."""
