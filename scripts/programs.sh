#!/usr/bin/env bash
# Install, from Debian's packages, the programs that `make external` starts and that are not there yet. Elsewhere, say
# which are missing: their tests are then skipped with that reason, and fail in CI.
set -euo pipefail

declare -A PACKAGE_OF=([redis-server]=redis-server [node]=nodejs [npm]=npm [promtool]=prometheus [chromium]=chromium
    [chromedriver]=chromium-driver [curl]=curl)

missing=()
for program in "${!PACKAGE_OF[@]}"; do
    command -v "$program" >/dev/null || missing+=("${PACKAGE_OF[$program]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then
    echo "missing: ${missing[*]}; install them with your system's package manager"
    exit 0
fi
as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# A server that a test needs is started by the test, on a port of its own, and not by the system.
$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install --yes --no-install-recommends -qq "${missing[@]}"
