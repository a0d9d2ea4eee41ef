"""The port `Counters` in this process alone: for one process, or while the common place is lost.

counters    the port            rooms    what it is kept in: bounded, what is over goes first
"""
