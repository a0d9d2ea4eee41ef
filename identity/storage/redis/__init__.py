"""The port `Counters` on a Redis server that all nodes share.

    counters    the port            scripts    what the server runs, one script a key
    server      the connection, and the marker that shows when the server lost its memory

One server, with or without replicas; Redis Cluster would spread the keys of one script. Keys carry
a prefix, so that the server may be shared.
"""
