#!/bin/sh
# Runs the text of the parameter `script` under an interpreter of the host. It takes the place of this script: its
# output, its signals, its exit code and its last line on stderr are the step's own, and $STAGGER_OUTPUT is its to fill.
#
# Exit: that of the text · 2 a parameter makes no sense · 3 the host has no such interpreter. Both are said on stderr.
#
# Never found here: a change of the text. Parameters of the job belong into `with` as further text, not into a shell.
set -euf

# Interpreters that are not listed take their text by -c, as shells and python do.
interpreter=$STAGGER_PARAM_INTERPRETER
case ${interpreter##*/} in
    perl | ruby | node) takes=-e ;;
    *) takes=-c ;;
esac

if ! command -v "$interpreter" >/dev/null; then
    echo "there is no '$interpreter' on this host; install it, or name another interpreter" >&2
    exit 3
fi
if [ -z "$STAGGER_PARAM_SCRIPT" ]; then
    echo "the parameter 'script' is empty" >&2
    exit 2
fi
if ! cd "$STAGGER_PARAM_DIRECTORY"; then
    echo "cannot enter the directory '$STAGGER_PARAM_DIRECTORY'" >&2
    exit 2
fi
exec "$interpreter" "$takes" "$STAGGER_PARAM_SCRIPT"
