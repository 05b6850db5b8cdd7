#!/bin/sh
# Starts, stops, restarts or looks at one service: by systemd where it runs, otherwise by OpenRC, otherwise by `service`.
#
# $STAGGER_PARAM_VERB, fixed by the action that runs this: start, stop, restart or status.
#
# Exit: 0 done · 1 the service did not do it, or is not in the state expected · 2 a parameter makes no sense · 3 no
# service manager that we know. The last line on stderr says which, and why.
#
# Never found here: enabling a service for the next boot, or disabling it.
set -euf

export LC_ALL=C

main() {
    verb=$STAGGER_PARAM_VERB
    name=$STAGGER_PARAM_NAME
    case $name in
        '' | -* | *[!A-Za-z0-9@._:\\-]*) fail 2 "'$name' is not the name of a service" ;;
    esac
    manager=$(service_manager)
    was=$(state)
    case $verb in
        start) [ "$was" = active ] || change start ;;
        stop) [ "$was" = inactive ] || change stop ;;
        restart) change restart ;;
        status) ;;
        *) fail 2 "no such verb: '$verb'" ;;
    esac
    tell
}

# Debian installs systemctl in containers where no systemd runs; asking it is the only test that holds.
service_manager() {
    case $(systemctl is-system-running 2>/dev/null || :) in
        '' | offline | unknown) ;;
        *) echo systemd && return ;;
    esac
    for manager in rc-service service; do
        if command -v "$manager" >/dev/null; then
            echo "$manager"
            return
        fi
    done
    fail 3 "neither systemd, rc-service nor service is on this host"
}

# Says what there is to read before the verdict, and lets the service have a moment: one that dies right after its
# start was not started.
change() {
    status=0
    ask "$1" || status=$?
    [ "$status" -eq 0 ] || fail 1 "$name did not $1: $manager gave exit $status"
    sleep "$STAGGER_PARAM_SETTLE_SECONDS"
}

ask() {
    case $manager in
        systemd) systemctl "$1" "$name" ;;
        rc-service) rc-service "$name" "$1" ;;
        service) service "$name" "$1" ;;
    esac
}

state() {
    case $manager in
        systemd) systemctl is-active --quiet "$name" ;;
        *) ask status >/dev/null 2>&1 ;;
    esac && echo active || echo inactive
}

tell() {
    is=$(state)
    put active "$([ "$is" = active ] && echo true || echo false)"
    put changed "$([ "$verb" = restart ] || [ "$is" != "$was" ] && echo true || echo false)"
    echo "$name is $is"
    case $verb:$is in
        start:inactive | restart:inactive) fail 1 "$name is not running $STAGGER_PARAM_SETTLE_SECONDS s after its $verb$(last_words)" ;;
        stop:active) fail 1 "$name still runs after its stop" ;;
        status:*) [ "$STAGGER_PARAM_EXPECT" = any ] || [ "$STAGGER_PARAM_EXPECT" = "$is" ] ||
            fail 1 "$name is $is, and $STAGGER_PARAM_EXPECT was expected" ;;
    esac
}

# The end of the service's own log, where journald keeps it.
last_words() {
    [ "$manager" = systemd ] || return 0
    journalctl -q -u "$name" -n 20 --no-pager -o cat 2>/dev/null | awk 'NF { last = $0 } END { if (last) print ": " last }'
}

put() { printf '%s=%s\n' "$1" "$2" >>"$STAGGER_OUTPUT"; }

fail() {
    echo "$2" >&2
    exit "$1"
}

main
