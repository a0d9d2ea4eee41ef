"""The claimant's side: a small broker's web site, and a virtual client with soft authenticators.

Nothing here imports the service: both know it by HTTP alone, as an integrator would. The one
exception is `demo_client.embedded`, which mounts the service and is the embed example.
"""
