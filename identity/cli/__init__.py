"""The command line: one file a group of commands, put together in `main`.

Every command reads the same settings as the service (`--config`, or `TRIFACTOR_CONFIG`), and says
what is wrong with them in a sentence before it does anything.
"""
