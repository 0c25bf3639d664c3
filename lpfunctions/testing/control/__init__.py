"""The control API of the emulator, for tests in any language: functions, faults, accounts, tokens, journal, reset."""
