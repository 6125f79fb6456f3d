#!/bin/sh
# Creates the virtual environment and installs a lock file into it: `setup.sh runtime` or `setup.sh dev`.
# Idempotent, and quick if everything is installed already. Plain POSIX sh, so that macOS runs it too.
set -eu
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
MIN_VERSION='3.11'

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && recent_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo 'none found')
    fail "Colonnade needs Python $MIN_VERSION or newer ($found)." \
        '  Debian, Ubuntu: apt-get install python3 python3-venv' \
        '  macOS:          brew install python' \
        '  then again, or name it: make up PYTHON=/path/to/python3'
}

# Debian packages a part of the standard library separately.
ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package, which this Python lacks ..."
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null 2>&1 ||
            { apt-get update -qq >/dev/null 2>&1 &&
                DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; } || true
        "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    fi
    fail "$1 cannot make virtual environments. Install the package that is missing:" \
        "  sudo apt-get install $package"
}

# An environment looks intact after its folder was moved or its Python removed, but does not work.
# One that was made by hand has no .where and is used as it is.
usable_venv() {
    [ ! -f "$VENV/.where" ] || [ "$(cat "$VENV/.where")" = "$(pwd -P)" ] || return 1
    recent_enough "$VENV/bin/python" && "$VENV/bin/python" -c 'import pip' >/dev/null 2>&1
}

make_venv() {
    usable_venv && return
    python=$(find_python)
    ensure_venv_module "$python"
    echo "Making $VENV with $("$python" --version) ..."
    "$python" -m venv --clear "$VENV" || fail "$VENV cannot be made."
    pwd -P >"$VENV/.where"
}

pip_install() {
    "$VENV/bin/python" -u -m pip install --disable-pip-version-check --no-input --no-color "$@"
}

# install_lock_slowly LOCK: reports progress; shows pip's errors if it fails.
install_lock_slowly() {
    log=$VENV/.pip.log
    : >"$log"
    sh scripts/progress.sh "$log" "$(grep -c '^[A-Za-z0-9]' "$1")" "$VENV" $$ &
    ticker=$!
    trap 'kill "$ticker" 2>/dev/null; exit 130' INT TERM HUP
    status=0
    # The lock is complete, and omits on purpose what is not needed (see lock.sh).
    pip_install --progress-bar off --no-deps --require-hashes -r "$1" >"$log" 2>"$log.errors" || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    trap - INT TERM HUP
    [ "$status" = 0 ] || cat "$log.errors" >&2
    rm -f "$log" "$log.errors" "$log.began"
    return "$status"
}

# install_lock LOCK: skips a lock that is installed; a copy of it in the environment records that.
install_lock() {
    cmp -s "$1" "$VENV/.installed-$1" && return
    echo "Installing the packages of $1 (a minute or two the first time) ..."
    rm -f "$VENV/.installed-$1"
    install_lock_slowly "$1" ||
        fail "The packages of $1 could not be installed; is the network there? Then again: the same command."
    cp "$1" "$VENV/.installed-$1"
}

# The build backend is in the lock file too, so nothing is downloaded without a hash.
install_project() {
    cmp -s pyproject.toml "$VENV/.installed-pyproject.toml" && [ -x "$VENV/bin/colonnade" ] && return
    pip_install -qq --no-deps --no-build-isolation --editable . || fail 'Colonnade itself could not be installed.'
    cp pyproject.toml "$VENV/.installed-pyproject.toml"
}

case "${1:-}" in
    runtime) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    *) fail 'usage: setup.sh runtime|dev' ;;
esac
make_venv
install_lock "$lock"
install_project
if [ "$1" = dev ]; then
    VENV=$VENV sh scripts/hooks.sh
fi
