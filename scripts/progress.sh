#!/bin/sh
# Reports the progress of pip until it is killed or its parent has ended: `progress.sh LOG TOTAL VENV PARENT`.
# LOG is pip's standard output, TOTAL the number of lines of the lock file that name a package. In a terminal it
# updates one line every second; elsewhere it prints a line every PROGRESS_SECONDS (5).
set -eu

log=$1 total=$2 venv=$3 parent=$4
every=${PROGRESS_SECONDS:-5}
seconds=0
: >"$log.began"

# count PATTERN: prints the number of lines of the log that match.
count() {
    grep -c "$1" "$log" 2>/dev/null || true
}

say_state() {
    names=$(sed -n 's/^Installing collected packages: //p' "$log")
    if [ -n "$names" ]; then
        total=$(printf '%s\n' "$names" | tr ',' '\n' | wc -l)
        # pip writes a package's metadata last.
        unpacked=$(find "$venv"/lib/python*/site-packages/*.dist-info -prune -newer "$log.began" 2>/dev/null | wc -l)
        state="unpacking: $((unpacked)) of $((total)) packages"
    else
        # pip skips the packages of other platforms before it collects the first one.
        begun=$(count '^Collecting \|^Requirement already satisfied: ')
        name=$(sed -n 's/^Collecting \([A-Za-z0-9._-]*\).*/\1/p' "$log" | tail -n 1)
        state="downloading: $((begun)) of $((total - $(count '^Ignoring '))) packages${name:+ ($name)}"
    fi
    if [ -t 1 ]; then
        printf '\r\033[K  %s, %s s' "$state" "$seconds"
    else
        printf '  %s, %s s\n' "$state" "$seconds"
    fi
}

[ ! -t 1 ] || trap 'printf "\r\033[K"; exit 0' TERM
while kill -0 "$parent" 2>/dev/null; do
    # An orphaned sleep must not keep the caller's pipe open.
    sleep 1 >/dev/null 2>&1
    seconds=$((seconds + 1))
    if [ -t 1 ] || [ $((seconds % every)) = 0 ]; then
        say_state
    fi
done
