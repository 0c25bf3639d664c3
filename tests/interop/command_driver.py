"""Run commands where the platform answers on LivePerson's hosts: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import os
import subprocess
import sys


def main() -> None:
    for line in sys.stdin:
        call = json.loads(line)
        ended = subprocess.run(
            call["command"], cwd=call["folder"], env={**os.environ, **call["environment"]}, input="",
            capture_output=True, text=True, check=False, timeout=50,
        )  # fmt: skip
        answer = {"status": ended.returncode, "output": ended.stdout, "errors": ended.stderr}
        print(json.dumps(answer), flush=True)  # noqa: T201 (its answer)


if __name__ == "__main__":
    main()
