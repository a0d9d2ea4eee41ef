"""Promises of the factors."""
