#!/bin/sh
# Looks for updates and installs them, on Debian and Ubuntu (apt) and on RHEL-like systems (dnf, yum).
#
# $STAGGER_PARAM_VERB, fixed by the action that runs this:
#   check     are updates waiting, and is a reboot needed?      patch.check
#   upgrade   install what is waiting                           patch.install
#   install   have the named packages                           package.install
#
# Exit: 0 done · 1 the package manager failed, or `expect` was not met · 2 a parameter makes no sense · 3 no package
# manager that we know · 4 not enough room on a disk · 5 the package manager's lock stayed taken · 6 the package sources
# could not be read. The last line on stderr says which, and why.
#
# Never found here: a reboot, the removal of a package, the change of a held one, or a new version of a configuration
# file in place of the owner's.
set -euf

export LC_ALL=C DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical
export APT_LISTCHANGES_FRONTEND=none UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1

main() {
    verb=$STAGGER_PARAM_VERB
    names=$(package_names "$STAGGER_PARAM_PACKAGES")
    manager=$(package_manager)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    case $verb in
        check) check ;;
        upgrade) upgrade ;;
        install) install ;;
        *) fail 2 "no such verb: '$verb'" ;;
    esac
}

check() {
    read_sources
    waiting=$(waiting_updates)
    report "$waiting"
    put installed "$([ -z "$waiting" ] && echo true || echo false)"
    if [ "$STAGGER_PARAM_EXPECT" = installed ] && [ -n "$waiting" ]; then
        fail 1 "updates are still waiting:$(line "$waiting")"
    fi
}

upgrade() {
    finish_interrupted
    read_sources
    waiting=$(waiting_updates)
    if [ -n "$waiting" ]; then
        need_room
        apply_updates "$waiting"
    fi
    report "$waiting"
    changed "$waiting"
}

install() {
    [ -n "$names" ] || fail 2 "no package is named: give 'packages' at least one"
    finish_interrupted
    read_sources
    wanted=$(not_yet_there)
    if [ -n "$wanted" ]; then
        need_room
        apply_named "$wanted"
    fi
    put packages "$(json_list "$wanted")"
    changed "$wanted"
}

# What is asked of each package manager. Lists are package names, one a line.

package_manager() {
    for command in apt-get dnf yum; do
        if command -v "$command" >/dev/null; then
            echo "$command"
            return
        fi
    done
    fail 3 "neither apt-get, dnf nor yum is on this host; write an action of your own for its package manager"
}

# A crash, ours or another's, may have left packages unpacked and not configured; apt refuses to work until that is done.
finish_interrupted() {
    [ "$manager" = apt-get ] || return 0
    patiently dpkg --configure -a --force-confdef --force-confold || fail 1 "dpkg --configure -a failed: $(reason)"
}

read_sources() {
    [ "$STAGGER_PARAM_REFRESH" = true ] || return 0
    case $manager in
        # A source that fails is only a warning otherwise, and yesterday's lists would say "nothing waiting".
        apt-get) patiently apt-get -q update -o APT::Update::Error-Mode=any ;;
        dnf) patiently rpm_manager -q -y makecache --refresh ;;
        yum) patiently rpm_manager -q clean expire-cache ;;
    esac || fail 6 "$manager could not read its package sources: $(reason)"
}

# A file stands between, because a failure in the first part of a pipe would be lost.
waiting_updates() {
    case $manager in
        apt-get) waiting_in_apt ;;
        dnf | yum) waiting_in_dnf ;;
    esac >"$scratch/waiting"
    only_named <"$scratch/waiting" | sort -u
}

# apt tells a simulated upgrade as `Inst NAME [OLD] (NEW ORIGIN [ARCH])`. A new package has no [OLD]: it comes along
# with the one that needs it. Held packages and Ubuntu's phased updates are not in the list, and so left alone.
waiting_in_apt() {
    apt-get -q -s -o Debug::NoLocking=1 upgrade --with-new-pkgs >"$scratch/simulated" 2>"$scratch/errors" ||
        fail 1 "apt-get could not work out the updates: $(reason)"
    awk -v security="${STAGGER_PARAM_SECURITY_ONLY:-false}" '
        $1 == "Inst" && $3 ~ /^\[/ && (security != "true" || /-security|Debian-Security/) { print $2 }
    ' "$scratch/simulated"
}

# Lines are `NAME.ARCH VERSION REPOSITORY`, long ones broken after the first word; notices and what would be replaced
# ("Obsoleting Packages") follow. Exit 100 means that there is something.
waiting_in_dnf() {
    status=0
    # shellcheck disable=SC2046 # one word or none
    patiently rpm_manager -q check-update $(security_option) >"$scratch/listed" || status=$?
    case $status in
        0) return ;;
        100) ;;
        *) fail 6 "$manager check-update failed: $(reason)" ;;
    esac
    awk '
        /^Obsoleting/ { exit }
        $1 ~ /\.(noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|riscv64)$/ && /^[^ ]/ { sub(/\.[^.]*$/, "", $1); print $1 }
    ' "$scratch/listed"
}

only_named() {
    if [ -z "$names" ]; then cat; else grep -Fx "$names" || :; fi
}

# apt counts a package that is named as wanted by a person, and would never again remove it as left over; those that it
# had as `auto` are put back, also when the installation failed half way.
# shellcheck disable=SC2046,SC2086 # names are checked: one word each
apply_updates() {
    case $manager in
        apt-get)
            auto=$(apt-mark showauto $1)
            status=0
            apt_install --only-upgrade $1 || status=$?
            [ -z "$auto" ] || apt-mark auto $auto >/dev/null || :
            [ "$status" -eq 0 ] || fail 1 "apt-get install failed: $(reason)"
            ;;
        dnf) rpm_transaction upgrade $(security_option) $names ;;
        yum) rpm_transaction update $(security_option) $names ;;
    esac
}

# The named packages that have to be installed, or upgraded where `upgrade` asks for it.
# shellcheck disable=SC2086 # names are checked: one word each
not_yet_there() {
    case $manager in
        apt-get)
            apt-get -q -s -o Debug::NoLocking=1 "$(upgrade_option)" install $names \
                >"$scratch/simulated" 2>"$scratch/errors" || fail 1 "apt-get cannot install$(line "$names"): $(reason)"
            awk '$1 == "Inst" { print $2 }' "$scratch/simulated" | sort -u
            ;;
        dnf | yum)
            for name in $names; do
                rpm -q "$name" >/dev/null 2>&1 || echo "$name"
            done
            [ "$STAGGER_PARAM_UPGRADE" = false ] || waiting_updates
            ;;
    esac
}

# shellcheck disable=SC2086 # names are checked: one word each
apply_named() {
    case $manager in
        apt-get) apt_install "$(upgrade_option)" $names || fail 1 "apt-get install failed: $(reason)" ;;
        dnf | yum) rpm_transaction install $1 ;;
    esac
}

apt_install() {
    patiently apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --no-remove install "$@"
}

rpm_transaction() {
    patiently rpm_manager -y "$@" || fail 1 "$manager $1 failed: $(reason)"
}

security_option() { [ "${STAGGER_PARAM_SECURITY_ONLY:-false}" = false ] || echo --security; }
upgrade_option() { echo "--option=APT::Get::Upgrade=$STAGGER_PARAM_UPGRADE"; }

# Runs "$@" again while somebody else, an unattended upgrade for example, has the package manager's lock. Output passes
# through; what was said on stderr is kept for `reason`.
patiently() {
    waited=0
    while :; do
        code=0
        "$@" </dev/null 2>"$scratch/errors" || code=$?
        cat "$scratch/errors" >&2
        [ "$code" -ne 0 ] && lock_is_taken "$code" || return "$code"
        if [ "$waited" -ge "$STAGGER_PARAM_LOCK_SECONDS" ]; then
            fail 5 "the package manager's lock stayed taken for $STAGGER_PARAM_LOCK_SECONDS s (lock_seconds): $(reason)"
        fi
        sleep 5
        waited=$((waited + 5))
    done
}

# dnf 4 and yum wait for their lock for ever unless told to give up at once; dnf 5 has no such setting.
rpm_manager() {
    case $manager:$("$manager" --version 2>/dev/null) in
        dnf:*dnf5*) dnf "$@" ;;
        *) "$manager" --setopt=exit_on_lock=1 "$@" ;;
    esac
}

# dnf 4 has an exit code for it, the others only words.
lock_is_taken() {
    [ "$1" -eq 200 ] || grep -Eq 'Could not get lock|Unable to (acquire|lock)|lock is locked by|transaction lock|holding the yum lock' \
        "$scratch/errors"
}

# The first error that the command named, with the line it leads over to, or the last thing it said.
reason() {
    awk '
        said { print said " " $0; said = ""; found = 1; exit }
        /^(E: |Error: |Error:$|error: |dpkg: error)/ {
            if ($0 ~ /:$/) { said = $0; next }
            print; found = 1; exit
        }
        NF { last = $0 }
        END { if (said) print said; else if (!found) print (last ? last : "it gave no reason") }
    ' "$scratch/errors"
}

# Packages are unpacked on /usr and recorded on /var; a full /boot is how kernel updates fail half way.
need_room() {
    for folder in /usr /var; do
        need_free "$folder" "$STAGGER_PARAM_MIN_FREE_MB" min_free_mb
    done
    [ ! -d /boot ] || need_free /boot "$STAGGER_PARAM_MIN_FREE_BOOT_MB" min_free_boot_mb
}

need_free() {
    free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$2" ] || fail 4 "only $free MB are free on $1 and $2 MB are wanted ($3); make room, then retry"
}

# Whether the host runs older code than it has installed: as far as the distribution tells.

reboot_required() {
    if [ -e "$STAGGER_PARAM_REBOOT_FILE" ]; then
        echo true
    elif [ "$manager" = apt-get ]; then
        debian_kernel_is_old
    else
        rpm_says_reboot
    fi
}

# needrestart sees a kernel rebuilt under the same name as well (KSTA 2); without it the names are compared.
debian_kernel_is_old() {
    if command -v needrestart >/dev/null; then
        case $(unset NEEDRESTART_SUSPEND && needrestart -b -k 2>/dev/null | sed -n 's/^NEEDRESTART-KSTA: //p') in
            1) echo false && return ;;
            2 | 3) echo true && return ;;
        esac
    fi
    flavour=$(uname -r)
    flavour=${flavour##*[0-9]-}
    # shellcheck disable=SC2016 # the format is dpkg-query's own
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'linux-image-[0-9]*' 2>/dev/null |
        sed -n "s/^installed linux-image-\([0-9][0-9.-]*-$flavour\)\$/\1/p" | newer_than_running
}

# needs-restarting knows about glibc and systemd as well; without it the kernel is compared.
rpm_says_reboot() {
    if command -v needs-restarting >/dev/null; then
        status=0
        needs-restarting -r >/dev/null 2>&1 || status=$?
        case $status in
            0) echo false && return ;;
            1) echo true && return ;;
        esac
    fi
    rpm -q --qf '%{VERSION}-%{RELEASE}.%{ARCH}\n' kernel-core kernel 2>/dev/null | newer_than_running
}

# Of the installed kernels on stdin: is there a newer one than the one that runs? One that runs and is not among them
# (a container, a hand-made kernel) is nobody's to judge.
newer_than_running() {
    running=$(uname -r)
    sort -uV | awk -v running="$running" '
        $0 == running { there = 1; newer = 0; next }
        NF == 1 { newer = 1 }
        END { print (there && newer ? "true" : "false") }
    '
}

# What is said, to Stagger and to people.

report() {
    put updates "$(printf '%s' "$1" | grep -c . || :)"
    put packages "$(json_list "$1")"
    put reboot_required "$(reboot_required)"
    echo "updates:$(line "${1:-none}")"
}

changed() { put changed "$([ -n "$1" ] && echo true || echo false)"; }

put() { printf '%s=%s\n' "$1" "$2" >>"$STAGGER_OUTPUT"; }

# A JSON list of plain texts, one a line; a name that no package can have is refused before any command sees it.
package_names() {
    printf '%s\n' "$1" | awk '{ sub(/^ *\[ *"?/, ""); sub(/"? *\] *$/, ""); gsub(/" *, *"/, "\n"); if ($0 != "") print }' |
        while read -r name; do
            case $name in
                -* | *[!A-Za-z0-9.+:~=_^-]*) fail 2 "'$name' is not a package name" ;;
            esac
            echo "$name"
        done
}

json_list() {
    printf '%s\n' "$1" | awk 'NF { list = list comma "\"" $0 "\""; comma = "," } END { print "[" list "]" }'
}

line() { printf '%s\n' "$1" | awk '{ printf " %s", $0 }'; }

fail() {
    echo "$2" >&2
    exit "$1"
}

main
