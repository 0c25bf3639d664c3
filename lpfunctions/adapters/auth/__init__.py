"""Strategies that authorise requests, and the wrapper for a user's own."""
