#!/bin/sh
# Runs pytest with its arguments after installing what only tests need: the npm packages of tests/clients, a generator
# of Python clients and a Chromium. Tests for which this machine lacks something are left out, with the reason.
set -eu
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
without_node=''
without_generator=''
without_browser=''

prepare_node() {
    for tool in node npm; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            without_node="$tool is not installed"
            return
        fi
    done
    if [ "$(node -p 'process.versions.node.split(".")[0] >= 18')" != true ]; then
        without_node="Node.js $(node --version) is older than 18"
        return
    fi
    modules=tests/clients/node_modules
    cmp -s tests/clients/package-lock.json "$modules/.installed-lock" && return
    echo 'Installing the npm packages of tests/clients ...'
    if npm ci --prefix tests/clients --no-audit --no-fund --no-update-notifier --loglevel=error >&2; then
        cp tests/clients/package-lock.json "$modules/.installed-lock"
    else
        without_node='npm ci failed in tests/clients'
    fi
}

# An environment of its own, so that its dependencies do not constrain ours.
prepare_generator() {
    environment=tests/clients/.venv
    lock=tests/clients/requirements.lock
    cmp -s "$lock" "$environment/.installed-lock" && "$environment/bin/python" -c '' >/dev/null 2>&1 && return
    echo 'Installing the generator of Python clients ...'
    if "$VENV/bin/python" -m venv --clear "$environment" &&
        "$environment/bin/python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$lock"
    then
        cp "$lock" "$environment/.installed-lock"
    else
        without_generator='pip failed in tests/clients'
    fi
}

find_browser() {
    for candidate in "${COLONNADE_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable chrome \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        /Applications/Chromium.app/Contents/MacOS/Chromium; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
            COLONNADE_CHROMIUM=$(command -v "$candidate")
            export COLONNADE_CHROMIUM
            return 0
        fi
    done
    return 1
}

install_browser() {
    [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo 'Installing Chromium for the tests that need a browser ...'
    options='-qq -y --no-install-recommends -o Acquire::Retries=1 -o Acquire::http::Timeout=30'
    # shellcheck disable=SC2086 # several options
    DEBIAN_FRONTEND=noninteractive apt-get install $options chromium >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null 2>&1 &&
            DEBIAN_FRONTEND=noninteractive apt-get install $options chromium >/dev/null 2>&1; }
}

prepare_browser() {
    # Installs nothing if no test needs it.
    grep -rqs --include='test_*.py' 'mark\.browser' tests || return 0
    find_browser || { install_browser && find_browser; } || without_browser='no Chromium or Chrome is installed'
}

say_left_out() {
    [ -z "$2" ] || echo "Left out: tests marked '$1' ($3), because $2."
}

if [ -f tests/clients/package-lock.json ]; then
    prepare_node
fi
prepare_generator
prepare_browser
say_left_out node "$without_node" 'real npm clients'
say_left_out generator "$without_generator" 'a generated Python client'
say_left_out browser "$without_browser" 'pages in a real browser'
export COLONNADE_WITHOUT_NODE="$without_node" COLONNADE_WITHOUT_BROWSER="$without_browser"
export COLONNADE_WITHOUT_GENERATOR="$without_generator"
# A file's tests share what it starts. Files begin in the order of tests/conftest.py, not the one with most tests first.
exec "$VENV/bin/python" -m pytest -n "${TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder -rs "$@"
