"""Promises of the claimant's side."""
