"""The emulator's status page: plain HTML, served by the emulator itself, no script and nothing from elsewhere."""
