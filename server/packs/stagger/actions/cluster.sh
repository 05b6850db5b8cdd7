#!/bin/sh
# Takes this host out of its cluster or load balancer, or puts it back, in the way its owner says: a command on the
# host, an HTTP call, or nothing at all for hosts that are in no cluster.
#
# $STAGGER_PARAM_VERB, fixed by the action that runs this: leave or join.
#
# Both ways must be fit to be asked twice: leaving a cluster one has left is a success.
#
# Exit: 0 done · 1 the command or the call failed · 2 a parameter makes no sense · 3 no curl here, or no such command ·
# 7 connections were still open when the time to drain was over. The last line on stderr says which, and why.
#
# Never found here: a guess. A host that nobody told us how to take out is not taken out, and the step fails.
set -euf

export LC_ALL=C

main() {
    verb=$STAGGER_PARAM_VERB
    token=${STAGGER_PARAM_TOKEN:-}
    case $STAGGER_PARAM_VIA in
        command) by_command ;;
        http) by_http ;;
        none) echo "in no cluster: nothing to $verb" ;;
        *) fail 2 "via is '$STAGGER_PARAM_VIA'; it is command, http or none" ;;
    esac
    [ "$verb" != leave ] || [ "$STAGGER_PARAM_VIA" = none ] || drain
    put changed "$([ "$STAGGER_PARAM_VIA" = none ] && echo false || echo true)"
}

# The command is the owner's own text, and so it is given to a shell; exit 127 means that the host has no such command.
by_command() {
    [ -n "$STAGGER_PARAM_COMMAND" ] || fail 2 "via is command, and 'command' is empty"
    status=0
    sh -c "$STAGGER_PARAM_COMMAND" </dev/null || status=$?
    case $status in
        0) ;;
        126 | 127)
            fail 3 "cannot run '$STAGGER_PARAM_COMMAND' to $verb; put it there, or set via to http, or to none for a host in no cluster"
            ;;
        *) fail 1 "'$STAGGER_PARAM_COMMAND' gave exit $status" ;;
    esac
}

# Headers and the body go by stdin and by file: the list of processes is everybody's to read, and one may hold a token.
by_http() {
    [ -n "$STAGGER_PARAM_URL" ] || fail 2 "via is http, and 'url' is empty"
    url=$(printf '%s' "$STAGGER_PARAM_URL" | sed "s/{host}/$STAGGER_HOST/g")
    command -v curl >/dev/null || fail 3 "curl is not on this host; install it, or set via to command"
    case $token in
        *[!A-Za-z0-9._~+/=-]*) fail 2 "the token holds a character that no bearer token may have" ;;
    esac
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    printf '%s' "$STAGGER_PARAM_BODY" >"$scratch/sent"
    status=0
    code=$(curl_settings | curl -sS --config - -o "$scratch/answer" -w '%{http_code}' 2>"$scratch/errors") || status=$?
    cat "$scratch/errors" >&2
    [ "$status" -eq 0 ] || fail 1 "$STAGGER_PARAM_METHOD $STAGGER_PARAM_URL: $(tail -n 1 "$scratch/errors")"
    put status "$code"
    head -c 4096 "$scratch/answer" 2>/dev/null || :
    echo
    expected "$code" || fail 1 "$STAGGER_PARAM_METHOD $STAGGER_PARAM_URL: answered $code, and $STAGGER_PARAM_EXPECT_STATUS was expected"
}

curl_settings() {
    setting url "$url"
    setting request "$STAGGER_PARAM_METHOD"
    setting max-time "$STAGGER_PARAM_REQUEST_SECONDS"
    [ -z "$token" ] || setting header "Authorization: Bearer $token"
    [ -z "$STAGGER_PARAM_BODY" ] || {
        setting header "Content-Type: $STAGGER_PARAM_CONTENT_TYPE"
        setting data-binary "@$scratch/sent"
    }
}

# One line of a curl configuration file: NAME = "VALUE", quotes and backslashes escaped.
setting() { printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"; }

# `2xx` stands for the whole class.
expected() {
    case $STAGGER_PARAM_EXPECT_STATUS in
        [1-5]xx) [ "${1%??}" = "${STAGGER_PARAM_EXPECT_STATUS%xx}" ] ;;
        *) [ "$1" = "$STAGGER_PARAM_EXPECT_STATUS" ] ;;
    esac
}

# Waits until nobody is connected to the ports named, or the whole time where no port is named.
drain() {
    ports=$(printf '%s' "$STAGGER_PARAM_DRAIN_PORTS" | tr -cs '0-9' ' ' | sed 's/^ //; s/ $//')
    if [ -z "$ports" ]; then
        sleep "$STAGGER_PARAM_DRAIN_SECONDS"
        return
    fi
    command -v ss >/dev/null || fail 3 "ss (iproute2) is not on this host, so nobody can say whether the ports are drained"
    waited=0
    while left=$(connections) && [ "$left" -gt 0 ]; do
        [ "$waited" -lt "$STAGGER_PARAM_DRAIN_SECONDS" ] ||
            fail 7 "still connected to port $ports after $waited s (drain_seconds): $left"
        sleep 1
        waited=$((waited + 1))
    done
    echo "drained after $waited s"
}

connections() {
    for port in $ports; do
        ss -Htn state established "sport = :$port"
    done | grep -c . || :
}

put() { printf '%s=%s\n' "$1" "$2" >>"$STAGGER_OUTPUT"; }

fail() {
    echo "$2" >&2
    exit "$1"
}

main
