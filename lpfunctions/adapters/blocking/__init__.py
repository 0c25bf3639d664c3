"""Adapters that block the calling thread: requests, threads, ``time.sleep``."""
