#!/bin/sh
# Resolves requirements.in into requirements.lock, as scripts/lock.sh does for Colonnade itself; arguments go to uv.
set -eu
cd "$(dirname "$0")"

uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
    --no-emit-find-links --custom-compile-command './lock.sh' --quiet --output-file requirements.lock "$@" requirements.in
if grep -n '://' requirements.lock; then
    echo 'requirements.lock names a host; the lines above must not be there.' >&2
    exit 1
fi
