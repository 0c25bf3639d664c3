#!/bin/sh
# Print "version path" of each supported Python on this machine, oldest first. Looks on PATH, then asks pyenv.
for version in 3.11 3.12 3.13; do
    found=$(command -v "python$version" 2>/dev/null)
    if [ -n "$found" ] && "$found" -c '' 2>/dev/null; then
        echo "$version $found"
    elif command -v pyenv >/dev/null 2>&1; then
        full=$(pyenv versions --bare 2>/dev/null | grep "^$version\." | tail -n 1)
        [ -n "$full" ] && echo "$version $(PYENV_VERSION=$full pyenv which python)"
    fi
done
# Nothing of the above: any python3 that is new enough will do.
exit 0
