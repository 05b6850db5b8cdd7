# shellcheck shell=sh disable=SC2046,SC2154,SC1091 # words are split on purpose, h is set by read, env comes with the attempt
# The supervisor of Stagger on a host. It starts a script at most once, keeps its output and its end in files, and tells
# them to whoever asks, as often as asked. It needs POSIX sh, coreutils and grep or busybox, flock and setsid.
#
# The folder $d, private to its owner:
#   store                  a random id, made once: another one means another disk
#   epoch                  the highest epoch of a controller that was here
#   bin/<hash>/host        this text
#   ops/<op>.<number>/     one attempt:
#     lock                 held (flock) by whoever decides about the attempt, then by its supervisor, to its end.
#                          This lock alone says that a supervisor lives; a process id or an age never does
#     env script           what runs
#     claim                "<spec> <boot id> <epoch>": made once; from here on the attempt is this script only
#     run                  made once; it and the claim are durable before the script starts: without it, nothing has run
#     out err res          what the script wrote: stdout, stderr, $STAGGER_OUTPUT
#     cancel               it is to be ended
#     noisy                it was ended because it wrote without end
#     done                 how it ended: one line, valid only when it is whole. Its room is set aside before the claim
#                          and written over in place, so that a full disk cannot hide the end
#   acked/<op>.<number>    it can never start again: its end is on record elsewhere, or, where the file says "barred", it
#                          was cancelled before it had begun
#
# Read with LAUNCH (protocol.rs), which has set $d (the folder) and $h (the hash in its path). Few processes are started on
# the way of a step that goes well, because ten thousand hosts pay for each: hence builtins where they do.

refuse() {
  echo "stagger: $*" >&2
  exit 97
}

# answer STATE [MORE]
answer() {
  read -r store 2>/dev/null <"$d/store" || refuse "$d/store cannot be read; remove $d/bin to install again"
  echo "stagger 1 $1 boot=$boot store=$store${2:+ $2}"
}

# Hundredths of a second since boot, time asleep included, into $now: no change of the wall clock touches a timeout.
clock() {
  read -r now _ </proc/uptime
  now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

# await FD SECONDS: whether the lock behind FD became free in that time, more or less. util-linux does not poll for it.
await() {
  flock -s -w "$2" -E 75 "$1" 2>/dev/null
  case $? in
    0) return 0 ;;
    75) return 1 ;;
  esac
  # busybox's flock cannot tell the time, and its timeout leaves a process behind that holds the lock a moment longer.
  for pause in 0.1 0.2 0.3 0.4; do
    flock -n -s "$1" && return
    sleep "$pause"
  done
  flock -n -s "$1"
}

# claimed: whether the attempt is claimed, into $claim_spec and $claim_boot. A torn claim is none: nothing ran on it.
claimed() {
  read -r claim_spec claim_boot claim_epoch 2>/dev/null <"$a/claim" && [ -n "$claim_epoch" ]
}

# gone OP.NUMBER: whether it can never start, and says so.
gone() {
  [ -e "$d/acked/$1" ] || return
  if [ -s "$d/acked/$1" ]; then answer barred; else answer acked; fi
}

# finished, for an attempt that is claimed: whether its end is on record, into $res, $out, $err (lengths) and $end.
finished() {
  read -r res out err end 2>/dev/null <"$a/done" || return 1
  case $end in
    "end "*" ok") end=${end% ok} ;;
    *) return 1 ;;
  esac
  [ "$claim_boot" = "$boot" ] && return
  # The power may have gone just then: the record came to the disk, and the last of the output did not.
  set -- $(cd "$a" && wc -c out err res)
  [ "$1" -ge "$out" ] || out=$1
  [ "$3" -ge "$err" ] || err=$3
  [ "$5" -ge "$res" ] || res=$5
  end="${end% out=*} out=$out err=$err"
}

# --- the follower: tells what happens, and can be lost at any moment -------------------------------------------------

# send FILE FROM UPTO: the bytes of FILE between, as a frame.
send() {
  [ "$3" -gt "$2" ] || return 0
  echo "$1 $2 $(($3 - $2))"
  if [ "$2" -eq 0 ]; then
    head -c "$3" "$a/$1"
  else
    tail -c "+$(($2 + 1))" "$a/$1" | head -c $(($3 - $2))
  fi
}

# What has been written since; and a sign of life now and then, so that a follower whose connection is gone ends, too.
send_new() {
  quiet=$((quiet + 1))
  if [ -s "$a/out" ] || [ -s "$a/err" ]; then
    set -- $(wc -c "$a/out" "$a/err")
    if [ "$1" -gt "$out_from" ]; then send out "$out_from" "$1" && out_from=$1 quiet=0; fi
    if [ "$3" -gt "$err_from" ]; then send err "$err_from" "$3" && err_from=$3 quiet=0; fi
  fi
  [ "$quiet" -lt 15 ] && return
  echo "out $out_from 0" || exit 0
  quiet=0
}

# The rest, the result and the end.
conclude() {
  send out "$out_from" "$out"
  send err "$err_from" "$err"
  if [ "$res" -eq 0 ]; then
    # One write, and so one packet, for most of all scripts.
    printf 'res 0\n%s\n' "$end"
    return
  fi
  echo "res $res"
  head -c "$res" "$a/res"
  echo "$end"
}

# Follows a supervisor to the end of its attempt. If the supervisor was killed there is no end to tell, and so none is.
follow() {
  quiet=0
  exec 8<"$a/lock"
  until await 8 1; do
    send_new
  done
  exec 8<&-
  if claimed && finished; then conclude; fi
}

# --- begin: the only way to start, and the only thing a controller calls to find out ------------------------------------

# fence EPOCH: goes no further for a controller that another one has replaced.
fence() {
  read -r seen 2>/dev/null <"$d/epoch"
  [ "$1" -eq "${seen:-0}" ] && return
  if [ "$1" -gt "${seen:-0}" ]; then
    true >>"$d/epoch.lock" && exec 7>>"$d/epoch.lock" && flock 7
    read -r seen 2>/dev/null <"$d/epoch"
    if [ "$1" -gt "${seen:-0}" ]; then
      echo "$1" >"$d/epoch.new" && sync "$d/epoch.new" && mv -f "$d/epoch.new" "$d/epoch" && sync "$d"
    fi
    exec 7>&-
    [ "$1" -ge "${seen:-0}" ] && return
  fi
  answer fenced "epoch=$seen"
  exit 0
}

# forget OP.NUMBER: its end is on record, and it is not under way any more. The folder goes later, with others (clear): one process for many attempts.
forget() {
  if [ -d "$d/ops/$1" ]; then
    a=$d/ops/$1
    if lives; then return; fi
  fi
  true >"$d/acked/$1"
}

# Removes the folders of all that is acknowledged. The marks stay, so that there is no moment at which one of them could
# start again; both are in order in the journal of the filesystem.
clear() {
  set --
  for a in "$d/ops/"*.*; do
    if [ -e "$d/acked/${a##*/}" ]; then set -- "$@" "$a"; fi
  done
  [ $# -eq 0 ] || rm -rf "$@"
}

# acknowledge ACKS: "-" or <op>/<number>, with commas between.
acknowledge() {
  [ "$1" = - ] && return
  rest=$1,
  while [ -n "$rest" ]; do
    one=${rest%%,*} rest=${rest#*,}
    forget "${one%/*}.${one#*/}"
  done
}

# There is no room, or no permission, to start: says which. The folder and its lock stay, as somebody may hold it.
give_up() {
  rm -f "$a/env" "$a/script" "$a/done" "$a/claim"
  [ -w "$d/ops" ] || refuse "cannot write to $d/ops"
  answer nospace
  exit 0
}

# superseded: whether a later attempt of the same effect was here.
superseded() {
  for other in "$d/ops/$op."* "$d/acked/$op."*; do
    [ "${other##*.}" -gt "$number" ] 2>/dev/null && return 0
  done
  return 1
}

# occupied: whether an earlier attempt of the same effect still runs here. It was given up, or its supervisor was killed;
# nobody may start the same again beside it.
occupied() {
  own=$a
  for a in "$d/ops/$op."*; do
    [ "${a##*.}" -lt "$number" ] 2>/dev/null || continue
    if lives; then
      a=$own
      return
    fi
  done
  a=$own
  return 1
}

# lives: whether the attempt is under way: somebody holds its lock, or its script has outlived its supervisor. A script is
# known by what stands in its environment and its children's, never by a process id.
lives() {
  if claimed && finished; then return 1; fi
  true >>"$a/lock" && exec 8<"$a/lock" || return 1
  if ! flock -n -s 8; then
    exec 8<&-
    return 0
  fi
  exec 8<&-
  [ -e "$a/run" ] && [ "$claim_boot" = "$boot" ] && grep -qszxF "STAGGER_OUTPUT=$a/res" /proc/[0-9]*/environ
}

# alone: goes on only where no other attempt of the same effect stands in the way. Of two that begin at once at most one
# goes on: each has its folder and its lock before it looks for the other's.
alone() {
  if superseded; then answer fenced "epoch=$seen" && exit 0; fi
  if occupied; then answer busy && exit 0; fi
}

# hold: takes the lock of the attempt, as descriptor 9. False when somebody has it.
hold() {
  exec 9>>"$a/lock"
  flock -n 9
  case $? in
    0) return 0 ;;
    1) exec 9>&- ;;
    *) refuse "flock is missing on this host, or its filesystem has no locks; install util-linux or busybox" ;;
  esac
  return 1
}

# take LENGTH FILE: that much of standard input.
take() {
  if [ "$1" -eq 0 ]; then true >"$2"; else dd bs="$1" count=1 iflag=fullblock >"$2"; fi 2>/dev/null || give_up
}

# Takes the script in. The line after it is its spec: a connection that is cut cannot start half a script.
take_script() {
  command -v setsid >/dev/null || refuse "setsid is missing on this host; install util-linux or busybox"
  take "$env_bytes" "$a/env"
  take "$script_bytes" "$a/script"
  read -r mark
  [ "$mark" = "$spec" ] || refuse "the connection was cut before the whole script had come"
}

# Claims the attempt, once what it needs of the disk is there: 4 KiB for its end among it.
claim() {
  { printf '%4095s\n' '' >"$a/done" && true >"$a/out" && true >"$a/err" && true >"$a/res"; } 2>/dev/null || give_up
  if [ -e "$a/claim" ]; then rm -f "$a/claim"; fi # a torn one
  set -C
  echo "$spec $boot $epoch" 2>/dev/null >"$a/claim" || give_up
  set +C
}

# vanished: it ran, and nobody is left to tell how it ended.
vanished() {
  if [ "$claim_boot" = "$boot" ]; then answer vanished-killed; else answer vanished-rebooted; fi
  exit 0
}

# What can be said of a claimed attempt whoever holds the lock. Returns if that is nothing.
settled() {
  if [ "$claim_spec" != "$spec" ]; then answer conflict && exit 0; fi
  case $flags in
    *reboot*) if [ -e "$a/run" ] && [ "$claim_boot" != "$boot" ]; then vanished; fi ;;
  esac
  if finished; then
    answer "done" && conclude
    exit 0
  fi
}

# Holding the lock, decides what is to be done. Returns if the script is to be started now.
decide() {
  if gone "$op.$number"; then exit 0; fi
  if ! claimed; then
    if [ "$known" = yes ]; then answer unknown && exit 0; fi
    alone
    take_script
    claim
    return
  fi
  settled
  if [ -e "$a/run" ]; then vanished; fi
  alone
  take_script # claimed, and nothing has run
}

# begin OP NUMBER EPOCH SPEC TIMEOUT_S ENV_BYTES SCRIPT_BYTES OUT_FROM ERR_FROM ACKS FLAGS
begin() {
  op=$1 number=$2 epoch=$3 spec=$4 limit=$5 env_bytes=$6 script_bytes=$7 out_from=$8 err_from=$9
  shift 9
  acks=$1 flags=$2 known=no
  case $flags,$out_from,$err_from in
    *known*) known=yes ;;
    *,0,0) ;;
    *) known=yes ;; # it has output of this attempt
  esac
  case $flags in
    *store.*)
      # Another controller may have begun it in the folder of that id. This one says whether it did, unless it is another.
      wanted=${flags#*store.}
      read -r store 2>/dev/null <"$d/store"
      if [ "${wanted%%,*}" != "$store" ]; then known=yes; fi
      ;;
  esac
  fence "$epoch"
  acknowledge "$acks"
  a=$d/ops/$op.$number
  if gone "$op.$number"; then exit 0; fi
  if [ ! -d "$a" ]; then
    if [ "$known" = yes ]; then answer unknown && exit 0; fi
    mkdir "$a" 2>/dev/null || mkdir -p "$a" "$d/acked" 2>/dev/null || give_up
  fi
  true 2>/dev/null >>"$a/lock" || give_up
  if ! hold; then
    if claimed; then settled; fi
    answer running && follow
    exit 0
  fi
  decide
  # The supervisor inherits the lock: from the decision to the end of the script it is never free.
  setsid sh "$d/bin/$h/host" supervise "$d" "$a" "$limit" </dev/null >/dev/null 2>&1 &
  exec 9>&-
  answer started && follow
}

# --- the supervisor: in a session of its own, outlives the connection ---------------------------------------------------

# Becomes the script. Its output is appended, so that one that opens /dev/stdout again does not write over itself.
become_script() {
  exec 9>&- </dev/null
  IFS= read -r line <"$a/script"
  case $line in
    '#!'*)
      # Read here as the kernel would, one argument at most, so that a filesystem mounted noexec is no obstacle.
      line=${line#??}
      line=${line#"${line%%[! 	]*}"}
      line=${line%"${line##*[! 	]}"}
      program=${line%%[ 	]*} line=${line#"${line%%[ 	]*}"}
      line=${line#"${line%%[! 	]*}"}
      set -- "$program" ${line:+"$line"} "$a/script"
      ;;
    *) set -- /bin/sh "$a/script" ;;
  esac
  case :$PATH: in
    *:/usr/sbin:*) ;;
    *) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin ;;
  esac
  STAGGER_OUTPUT=$a/res
  export STAGGER_OUTPUT PATH
  . "$a/env"
  cd "${HOME:-/}" 2>/dev/null || cd /
  exec setsid "$@"
}

# noisy: whether the script has written more than anybody will ever read; a disk is there for other things, too.
noisy() {
  set -- $(cd "$a" && wc -c out err)
  [ $(($1 + $3)) -gt "${STAGGER_MOST_OUTPUT:-1073741824}" ] || return 1
  # Where there is no room to say why, it is ended all the same.
  echo "stagger: it wrote more than ${STAGGER_MOST_OUTPUT:-1073741824} bytes of output, and was ended" >>"$a/err"
  true >"$a/noisy"
  return 0
}

# Ends the script when its time is up, when it is cancelled or when it writes without end: SIGTERM, ten seconds of grace, SIGKILL, each to the whole
# process group. It waits for the supervisor's lock in between, so that it ends with it.
guard() {
  exec 9>&- 8<"$a/lock"
  while [ ! -e "$a/cancel" ]; do
    patience=2
    if [ "$limit" -gt 0 ]; then
      clock
      left=$((limit * 100 - now + began))
      [ "$left" -gt 0 ] || break
      [ "$left" -gt 100 ] || patience=1
    fi
    await 8 "$patience" && return
    if noisy; then break; fi
  done
  kill -s TERM -- "-$script" 2>/dev/null
  for pause in 0.1 0.1 0.3 0.5 1 1 1 1 1 1 1 1 1; do
    kill -s 0 -- "-$script" 2>/dev/null || return
    sleep "$pause"
  done
  kill -s KILL -- "-$script" 2>/dev/null
}

# record CODE: writes down how it ended. A shell tells a signal as a code above 128, and so it is read back.
record() {
  clock
  exit=$1 signal=0 cause=exit took=$((now - began))
  if [ "$exit" -gt 128 ] && [ "$exit" -le 192 ]; then
    signal=$((exit - 128)) exit=0 cause=signal
  fi
  if [ -e "$a/cancel" ]; then cause=cancel; fi
  if [ "$limit" -gt 0 ] && [ "$took" -ge $((limit * 100)) ]; then cause=timeout; fi
  if [ -e "$a/noisy" ]; then exit=0 signal=15 cause=signal; fi # whatever it made of the signal
  if [ "$cause" = cancel ] || [ "$cause" = timeout ] || [ -e "$a/noisy" ]; then
    wait "$guard" # nothing of the script is left then
  fi
  set -- 0 out 0 err 0
  if [ -s "$a/out" ] || [ -s "$a/err" ] || [ -s "$a/res" ]; then set -- $(cd "$a" && wc -c out err res); fi
  echo "$5 $1 $3 end exit=$exit signal=$signal cause=$cause ms=$((took * 10)) out=$1 err=$3 ok" 1<>"$a/done"
  sync "$a/out" "$a/err" "$a/res" "$a/done"
}

# supervise FOLDER ATTEMPT TIMEOUT_S: the life of one script. It holds the lock, inherited, as descriptor 9.
supervise() {
  d=$1 a=$2 limit=$3
  set -C
  echo "$boot" >"$a/run" || return # it has run
  set +C
  sync "$a/claim" "$a/done" "$a/run" "$a" "$d/ops" || { rm -f "$a/run" && return; }
  clock
  began=$now
  become_script >>"$a/out" 2>>"$a/err" &
  script=$!
  guard &
  guard=$!
  wait "$script"
  record $?
  exec 9>&-
  sweep
}

# Removes what nobody has asked for in thirty days; at most once a day, and once after each boot.
sweep() {
  clock
  today="$boot $((now / 8640000))"
  read -r swept 2>/dev/null <"$d/swept"
  [ "$swept" = "$today" ] && return
  echo "$today" >"$d/swept"
  find "$d/acked" -type f -mtime +30 -exec rm -f {} +
  find "$d/ops" -mindepth 1 -maxdepth 1 -type d -mtime +30 | while read -r old; do forget "${old##*/}"; done
  clear
}

# --- the other verbs ----------------------------------------------------------------------------------------------------

# tail OP NUMBER OUT_FROM ERR_FROM: follows, never starts.
follow_only() {
  a=$d/ops/$1.$2 out_from=$3 err_from=$4
  if gone "$1.$2"; then return; fi
  if ! claimed; then answer unknown && return; fi
  if finished; then answer "done" && conclude && return; fi
  exec 8<"$a/lock"
  if flock -n -s 8; then
    exec 8<&-
    if finished; then answer "done" && conclude && return; fi
    if [ -e "$a/run" ]; then vanished; fi
    answer unknown && return # claimed, and nothing has run
  fi
  exec 8<&-
  answer running && follow
}

# bar OP.NUMBER: sees to it that an attempt that has not begun never will, however late its begin comes. Decided under its
# lock, as its start is. False when it has begun after all.
bar() {
  { mkdir -p "$a" "$d/acked" && true >>"$a/lock"; } 2>/dev/null || { answer nospace && return; }
  if ! hold; then
    if claimed; then return 1; fi # it is being started this moment: its guard will see that it is to be ended
    answer busy && return # its script is still coming in
  fi
  if gone "$1"; then return; fi
  if claimed && [ -e "$a/run" ]; then return 1; fi
  if echo barred 2>/dev/null >"$d/acked/$1"; then answer barred && return; fi
  rm -f "$d/acked/$1"
  answer nospace
}

# cancel OP NUMBER EPOCH: the guard sees the file.
cancel() {
  fence "$3"
  a=$d/ops/$1.$2
  if gone "$1.$2"; then return; fi
  if ! claimed || [ ! -e "$a/run" ]; then
    if bar "$1.$2"; then return; fi
    exec 9>&-
  fi
  if finished; then answer "done" && return; fi
  true >"$a/cancel" || refuse "cannot write $a/cancel"
  answer cancelling
}

# list: what is here.
list() {
  for a in "$d/ops/"*.*; do
    claimed || continue
    name=${a##*/} state=claimed
    true >>"$a/lock" && exec 8<"$a/lock"
    if finished; then
      state="done"
    elif ! flock -n -s 8; then
      state=running
    elif [ -e "$a/run" ]; then
      state=lost
    fi
    exec 8<&-
    echo "op ${name%.*} ${name##*.} $state"
  done
}

read -r boot <"${STAGGER_BOOT_ID_FILE:-/proc/sys/kernel/random/boot_id}" || refuse "this host has no boot id (/proc)"
verb=$1
shift
case $verb in
  begin) begin "$@" ;;
  supervise) supervise "$@" ;;
  tail) follow_only "$@" ;;
  cancel) cancel "$@" ;;
  ack) acknowledge "$1" && clear && echo "stagger 1 acknowledged" ;;
  list) list ;;
  *) refuse "$verb is not a verb of this supervisor" ;;
esac
