"""The electronic trading identity: application to verification. Arrives with its own work."""
