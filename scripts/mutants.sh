#!/bin/sh
# Change every line of the core in turn, in a copy, and see whether a test notices. Prints the score; fails under 80 %.
set -e
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
root=$(pwd)
tar c --exclude='.venv*' --exclude=node_modules --exclude=.git --exclude=.hypothesis --exclude=mutants . | tar x -C "$copy"
"$root/.venv/bin/python" scripts/guards.py
cd "$copy"
"$root/.venv/bin/mutmut" run
"$root/.venv/bin/mutmut" export-cicd-stats
"$root/.venv/bin/python" - <<'END'
import json
import sys

found = json.load(open("mutants/mutmut-cicd-stats.json", encoding="utf-8"))
noticed = found["killed"] + found.get("timeout", 0)
judged = noticed + found["survived"] + found.get("no_tests", 0) + found.get("suspicious", 0)
print(f"{noticed} of {judged} mutants noticed: {noticed / judged:.1%}")
sys.exit(0 if noticed / judged >= 0.8 else 1)
END
