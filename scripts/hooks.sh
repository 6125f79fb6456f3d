#!/bin/sh
# Makes git run scripts/commit-msg on each commit of this clone: writes .git/hooks/commit-msg.
# Leaves a developer's own hook and a configured core.hooksPath alone, and says once how to add the check there.
# Does nothing without git, or if this folder is not a repository of its own (an unpacked archive).
set -eu
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
MARK='# Written by make dev; scripts/hooks.sh may replace it.'

top=$(git rev-parse --show-toplevel 2>/dev/null) || exit 0
[ "$(cd "$top" && pwd -P)" = "$(pwd -P)" ] || exit 0

# tell_once LINE…: prints the lines unless they are the last ones that were printed.
tell_once() {
    text=$(printf '%s\n' "$@")
    [ "$(cat "$VENV/.told-hooks" 2>/dev/null)" = "$text" ] && return
    printf '%s\n' "$text"
    printf '%s\n' "$text" >"$VENV/.told-hooks" 2>/dev/null || true
}

advice='  To have commit messages checked, run there: sh scripts/commit-msg "$1"'
path=$(git config core.hooksPath || true)
if [ -n "$path" ]; then
    tell_once "Git's core.hooksPath is $path and stays so." "$advice"
    exit 0
fi

hook=$(git rev-parse --git-path hooks)/commit-msg
if [ -e "$hook" ] || [ -L "$hook" ]; then
    grep -qsF "$MARK" "$hook" || {
        tell_once "$hook is your own and stays as it is." "$advice"
        exit 0
    }
fi

# The hook finds the check at each commit: a worktree uses its own, a revision without one checks nothing.
wanted=$(
    cat <<END
#!/bin/sh
$MARK
check=\$(git rev-parse --show-toplevel)/scripts/commit-msg
[ ! -f "\$check" ] || exec sh "\$check" "\$1"
END
)
[ -x "$hook" ] && [ "$(cat "$hook")" = "$wanted" ] && exit 0
if mkdir -p "$(dirname "$hook")" 2>/dev/null && printf '%s\n' "$wanted" 2>/dev/null >"$hook.new" &&
    chmod +x "$hook.new" && mv "$hook.new" "$hook"; then
    exit 0
fi
tell_once "$hook cannot be written: commit messages are not checked here."
