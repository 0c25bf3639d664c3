"""The port `AsyncTransport` on aiohttp: all that touches it."""
