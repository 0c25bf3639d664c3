"""Resolvers of hosts, and the wrapper for a user's own."""
