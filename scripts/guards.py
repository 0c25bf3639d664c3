"""Take one guard away at a time, in a copy of the repository, and show which test notices. Part of `make mutants`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RETRY = "lpfunctions/core/retries/policy.py"
SENDING = "lpfunctions/sending.py"
DOMAINS = "lpfunctions/core/platform/hosts.py"
GUARDED = "lpfunctions/adapters/discovery/user_supplied.py"
REFRESHING = "lpfunctions/adapters/caching/refreshable.py"
CSDS = "lpfunctions/adapters/discovery/csds.py"

# What is guarded, where, the guard, and what stands there without it.
GUARDS = [
    ("429 has not run", RETRY, "if status == 429 or (status == 503", "if (status == 503"),
    ("503 with Retry-After has not run", RETRY, "or (status == 503 and has_retry_after)", ""),
    ("a V2 event that is refused may have run", RETRY, '"unknown" if runs_several else "no"', '"no"'),
    (
        "408 may have run",
        RETRY,
        "_UNKNOWN_STATUSES: Final = frozenset({408})",
        "_UNKNOWN_STATUSES: Final = frozenset()",
    ),
    ("500 may have run", RETRY, 'and status not in _UNKNOWN_STATUSES else "unknown"', 'else "no"'),
    ("a response of the function is final", RETRY, 'RETRYABLE_STATUSES and delivered != "yes"', "RETRYABLE_STATUSES"),
    ("what may have run is not repeated", RETRY, 'return idempotent or delivered == "no" or', "return True or"),
    (
        "a lost response is not repeated",
        SENDING,
        "options, log, failure.delivered, retry_after",
        'options, log, "no", retry_after',
    ),
    ("a second passes after 429", RETRY, "max(pause, _PAUSE_AFTER_429_SECONDS) if status == 429 else pause", "pause"),
    ("Retry-After is obeyed", RETRY, "if retry_after_seconds is not None:", "if False:"),
    ("retries are counted", SENDING, "if log.retries >= options.policy.max_retries:", "if False:"),
    ("a 401 is replayed once", SENDING, "replayed.add(reason)", "pass"),
    ("no attempt begins after the deadline", SENDING, "options.deadline.remaining(then) > 0 and", "True and"),
    (
        "a function needs its time",
        "lpfunctions/core/retries/deadline.py",
        "return self.remaining(now) >= min",
        "return 0 <= min",
    ),
    ("a passed deadline ends the call", SENDING, "if remaining > 0:", "if True:"),
    (
        "each attempt gets the time that is left",
        SENDING,
        'headers, self._remaining(options, "token")',
        "headers, request.timeout_seconds",
    ),
    ("retries have a budget", SENDING, "if not self._budget.acquire(host, cost):", "if False:"),
    ("a timeout costs more", "lpfunctions/core/retries/budget.py", "if status in _TIMEOUTS", "if False"),
    ("successes release", SENDING, "self._budget.release(host, log.acquired)", "pass"),
    (
        "an earlier attempt is not forgotten",
        "lpfunctions/operations.py",
        "worst_delivered(log.attempts)",
        "classified.delivered",
    ),
    ("hosts serve stale for a day", CSDS, "STALE_SECONDS: Final = 24 * 3600.0", "STALE_SECONDS: Final = 601.0"),
    ("hosts serve stale no longer", CSDS, "STALE_SECONDS: Final = 24 * 3600.0", "STALE_SECONDS: Final = 25 * 3600.0"),
    ("a failing source is left alone", REFRESHING, "if not self._is_backing_off(now, is_of_use=True)", "if True"),
    ("strangers get no token", DOMAINS, "is_host(host) and is_trusted(host, allowed, csds)", "is_host(host)"),
    ("loopback is no stranger's", DOMAINS, "return is_loopback(csds)", "return True"),
    ("suffixes match whole labels", DOMAINS, 'name.endswith("." + domain)', "name.endswith(domain)"),
    ("hosts have no path", GUARDED, "if not is_host(host):", "if False:"),
    ("no clear text", GUARDED, "self._config.refuse_clear_text(host)", "pass"),
    ("no clear text to a host that was discovered", CSDS, "self._config.refuse_clear_text(host)", "pass"),
    ("only 200 is discovery", CSDS, "if response.status != 200:", "if response.status >= 400:"),
]
TESTS = [
    "tests/unit/core",
    "tests/unit/test_sending.py",
    *(
        f"tests/contract/test_{name}.py"
        for name in ("budget", "delivered", "discovery", "deadline", "options", "scenarios")
    ),
]
LEFT_OUT = [".venv*", ".git", "node_modules", "mutants", ".hypothesis"]


def notice(copy: Path) -> str | None:
    """The test that fails, or None."""
    options = ["-x", "-q", "-n", "2", "-p", "no:randomly", "--hypothesis-profile=mutants", "--no-header"]
    python = str(Path(sys.executable))
    done = subprocess.run(
        [python, "-m", "pytest", *options, *TESTS], cwd=copy, capture_output=True, text=True, check=False
    )
    failed = re.search(r"^(?:FAILED|ERROR) (tests/.+?)(?: - |$)", done.stdout, re.MULTILINE)
    return failed[1] if failed else (None if done.returncode == 0 else f"exit {done.returncode}")


def main() -> None:
    """Try every guard; or those that are named; exit 1 when one is missed by nobody."""
    chosen = [guard for guard in GUARDS if not sys.argv[1:] or guard[0] in sys.argv[1:]]
    lost = [name for name, path, guard, _ in chosen if guard not in Path(path).read_text(encoding="utf-8")]
    if lost:
        sys.exit(f"no longer where they were: {', '.join(lost)}")
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(".", copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name, path, guard, without in chosen:
            file = copy / path
            original = file.read_text(encoding="utf-8")
            file.write_text(original.replace(guard, without), encoding="utf-8")
            test = notice(copy)
            file.write_text(original, encoding="utf-8")
            unnoticed += test is None
            print(f"{name:<45} {test or 'NOBODY NOTICES'}", flush=True)
    sys.exit(1 if unnoticed else 0)


if __name__ == "__main__":
    main()
