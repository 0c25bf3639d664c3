"""Async adapters: aiohttp, asyncio tasks, ``asyncio.sleep``."""
