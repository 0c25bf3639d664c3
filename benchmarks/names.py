"""What contenders and cases are called: those who measure, judge and draw have to agree."""

from __future__ import annotations

from typing import Final

OURS: Final = "lpfunctions"
NAIVE_ASYNC: Final = "aiohttp, naive"
LEAN_ASYNC: Final = "aiohttp, lean"
NAIVE_SYNC: Final = "requests"
LEAN_SYNC: Final = "urllib3"
STANDARD_SYNC: Final = "http.client"
OURS_UVLOOP: Final = "lpfunctions, uvloop"
LEAN_UVLOOP: Final = "aiohttp, lean, uvloop"
NODE: Final = "Node client"

CALIBRATION: Final = "calibration loop"
INVOKE_SYNC: Final = "warm invoke, sync"
INVOKE_ASYNC: Final = "warm invoke, async"
UNOBSERVED: Final = "warm invoke, sync, nobody looking"
TELEMETRY: Final = "telemetry of a warm invoke, API only"
CACHED_SYNC: Final = "cached is_implemented, sync"
CACHED_ASYNC: Final = "cached is_implemented, async"
