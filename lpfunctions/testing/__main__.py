"""The emulator from a shell: `python -m lpfunctions.testing`."""

from __future__ import annotations

import sys

from lpfunctions.testing.daemon.serve import main

if __name__ == "__main__":
    sys.exit(main())
