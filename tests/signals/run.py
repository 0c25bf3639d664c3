"""The storms of a run, one after the other, against a server in another process."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from tests.faults.callers import trusting
from tests.faults.process import ServerProcess
from tests.signals.own_process import run_in_own_process
from tests.signals.plan import SETTINGS, StormSetting
from tests.signals.server import CONNECTIONS, StormScript
from tests.signals.storm import Storm, StormResult

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


def run_storms(seed: int, numbers: Iterable[int]) -> Generator[tuple[int, StormSetting, StormResult]]:
    """Run the storms of these *numbers*, in the main thread; yield each with what it came to."""
    with ServerProcess[None]() as server, trusting(server.authority) as bundle:
        for number in numbers:
            setting = SETTINGS[(number * 37 + seed) % len(SETTINGS)]
            host = server.open(partial(StormScript, CONNECTIONS, setting.is_tls))
            storm = Storm(setting, random.Random(f"{seed}:{number}"), host, bundle)
            result = run_in_own_process(storm) if setting.own_session else storm.run()
            server.close()
            yield number, setting, result
