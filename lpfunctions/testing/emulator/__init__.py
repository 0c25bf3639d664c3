"""FakePlatform behind real HTTP on loopback."""

from lpfunctions.testing.emulator.emulator import Emulator

__all__ = ["Emulator"]
