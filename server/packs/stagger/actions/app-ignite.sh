#!/bin/sh
# Warms an application up and waits until it is well: asks the warm-up addresses once each, then the health address
# until it gives the wanted number of good answers in a row, or the deadline is over.
#
# A good answer has the status that is expected and, where `expect_text` is given, holds that text.
#
# Exit: 0 well · 1 not well by the deadline · 2 a parameter makes no sense · 3 neither curl nor wget here. The last line
# on stderr says what the last answer lacked.
#
# Never found here: a restart of the application. What is not well by the deadline is for a person, or for `retry`.
set -euf

export LC_ALL=C

main() {
    case $STAGGER_PARAM_URL in
        http://* | https://*) ;;
        *) fail 2 "'$STAGGER_PARAM_URL' is not an http:// or https:// address" ;;
    esac
    client=$(client)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    began=$(date +%s)
    warm_up
    wait_until_well
    put seconds "$(($(date +%s) - began))"
    put answers "$answers"
    echo "well: $STAGGER_PARAM_GOOD_ANSWERS good answers in a row"
}

client() {
    for command in curl wget; do
        if command -v "$command" >/dev/null; then
            echo "$command"
            return
        fi
    done
    fail 3 "neither curl nor wget is on this host; install one of them"
}

# Caches are filled by asking; what comes back is not judged.
warm_up() {
    printf '%s\n' "$STAGGER_PARAM_WARM_UP" |
        awk '{ sub(/^ *\[ *"?/, ""); sub(/"? *\] *$/, ""); gsub(/" *, *"/, "\n"); if ($0 != "") print }' |
        while read -r address; do
            fetch "$address"
            echo "warm-up $address: $answer"
        done
}

wait_until_well() {
    answers=0
    good=0
    while [ "$good" -lt "$STAGGER_PARAM_GOOD_ANSWERS" ]; do
        if [ "$answers" -gt 0 ]; then
            [ $(($(date +%s) - began)) -lt "$STAGGER_PARAM_DEADLINE_SECONDS" ] || not_well
            sleep "$STAGGER_PARAM_INTERVAL_SECONDS"
        fi
        answers=$((answers + 1))
        fetch "$STAGGER_PARAM_URL"
        if is_good; then good=$((good + 1)); else good=0; fi
    done
}

not_well() {
    put answers "$answers"
    fail 1 "$STAGGER_PARAM_URL is not well after $STAGGER_PARAM_DEADLINE_SECONDS s: $answer"
}

# Asks once; sets `answer` to "status NNN" or to why there was none, in the same words for both clients.
fetch() {
    : >"$scratch/body"
    status=0
    case $client in
        curl) ask_curl "$1" ;;
        wget) ask_wget "$1" ;;
    esac
    case $code in
        [1-5][0-9][0-9]) answer="status $code" ;;
        *) answer=$(no_answer "$status") ;;
    esac
}

ask_curl() {
    set -- -s -o "$scratch/body" -w '%{http_code}' --max-time "$STAGGER_PARAM_REQUEST_SECONDS" "$1"
    [ -z "$STAGGER_PARAM_HOST_HEADER" ] || set -- -H "Host: $STAGGER_PARAM_HOST_HEADER" "$@"
    [ "$STAGGER_PARAM_VERIFY_TLS" = true ] || set -- -k "$@"
    code=$(curl "$@" 2>/dev/null) || status=$?
}

# wget tells the status only among the headers, on stderr; after a redirect the last one counts.
ask_wget() {
    set -- -q -S -O "$scratch/body" -T "$STAGGER_PARAM_REQUEST_SECONDS" -t 1 "$1"
    [ -z "$STAGGER_PARAM_HOST_HEADER" ] || set -- --header "Host: $STAGGER_PARAM_HOST_HEADER" "$@"
    [ "$STAGGER_PARAM_VERIFY_TLS" = true ] || set -- --no-check-certificate "$@"
    wget "$@" 2>"$scratch/headers" || status=$?
    code=$(awk '$1 ~ /^HTTP\// { code = $2 } END { print code }' "$scratch/headers")
}

no_answer() {
    case $client:$1 in
        curl:6) echo "the name does not resolve" ;;
        curl:7) echo "connection refused" ;;
        curl:28) echo "no answer within $STAGGER_PARAM_REQUEST_SECONDS s" ;;
        curl:35 | curl:60 | wget:5) echo "the TLS certificate is not trusted, or TLS is not spoken" ;;
        wget:4) echo "connection refused, or no answer within $STAGGER_PARAM_REQUEST_SECONDS s" ;;
        *) echo "$client gave exit $1" ;;
    esac
}

is_good() {
    [ "$answer" = "status $STAGGER_PARAM_EXPECT_STATUS" ] || return 1
    if [ -n "$STAGGER_PARAM_EXPECT_TEXT" ] && ! grep -qF -e "$STAGGER_PARAM_EXPECT_TEXT" "$scratch/body"; then
        answer="$answer, without the text '$STAGGER_PARAM_EXPECT_TEXT'"
        return 1
    fi
}

put() { printf '%s=%s\n' "$1" "$2" >>"$STAGGER_OUTPUT"; }

fail() {
    echo "$2" >&2
    exit "$1"
}

main
