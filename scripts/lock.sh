#!/bin/sh
# Resolves pyproject.toml into the lock files: for every platform, with a hash per file, without the registry's name.
# Further arguments go to uv (--upgrade, --upgrade-package NAME).
set -eu
cd "$(dirname "$0")/.."

command -v uv >/dev/null 2>&1 || {
    echo 'make lock needs uv: pipx install uv, or see its documentation.' >&2
    exit 1
}

compile() {
    target=$1
    shift
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --quiet \
        --output-file "$target" "$@"
    if grep -n '://' "$target"; then
        echo "$target names a host; the lines above must not be there." >&2
        exit 1
    fi
}

compile requirements-dev.lock pyproject.toml --extra workers --group build --group dev "$@"
# Production runs what was tested: the same versions, fewer packages. Of flask-swagger-ui only the browser's files are
# used; its dependency Flask is left out, which is why setup.sh installs a lock with --no-deps.
without=$(mktemp)
trap 'rm -f "$without"' EXIT
echo "flask ; python_version < '3'" >"$without"
compile requirements.lock pyproject.toml --extra workers --group build --constraints requirements-dev.lock \
    --override "$without" "$@"
compile tests/clients/requirements.lock --group clients "$@"
