"""The emulator as a program of its own: `python -m lpfunctions.testing`, and `lpfunctions emulator`."""
