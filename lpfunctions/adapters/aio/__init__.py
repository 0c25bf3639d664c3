"""Adapters that await: aiohttp, asyncio tasks, ``asyncio.sleep``."""
