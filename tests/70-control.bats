#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Run control as its user sees it: stop, status, signal, reload, restart, list
# and names; what they say, print, remove and return.
#
# shellcheck disable=SC2001,SC2016,SC2030,SC2031,SC2154

load lib/common

setup() {
	setup_dir
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	nap=("$(own "$(type -P sleep)")" 600)
	F=$T/run/pid
	mkdir "$T/run"
	will_be_traced
}

is_nap() { [[ /proc/$1/exe -ef ${nap[0]} ]]; }

# daemon: one that ends when it is told to.  Sets $pid.
daemon() {
	start -p "$F" "${nap[@]}" || return 1
	pid=$(cat "$F")
	wait_for is_nap "$pid"
}

# deaf WORD: one that ignores (sigign) all signals, or blocks (sigblock) them,
# which leaves a list of what it got: heard.
deaf() {
	start -p "$F" "$(own "$HELPERS/dirty")" "$1" -- "${nap[@]}" || return 1
	pid=$(cat "$F")
	wait_for is_nap "$pid"
}

# heard PID: the numbers of the signals it has got, and blocks.
heard() {
	local mask n
	local -a got=()
	mask=0x$(sed -n 's/^ShdPnd:\t//p' "/proc/$1/status")
	for n in {1..64}; do
		(((mask >> (n - 1)) & 1)) && got+=("$n")
	done
	echo "${got[*]}"
}

hears() { [[ " $(heard "$1") " == *" $2 "* ]]; }

state_of() {
	local stat
	stat=$(cat "/proc/$1/stat") || return 1
	stat=${stat##*) }
	echo "${stat%% *}"
}

is_in_state() { [[ $(state_of "$1") == "$2" ]]; }

# as_nobody: run_c ourselves as an ordinary user.
as_nobody() {
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$(own "$DAEMONIZE")" "$@"
}

nothing_of_it_left() {
	assert_equal "$(names "$T/run")" "" "files in the pidfile's directory"
}

# json KEY: its value in $out, as JSON; fails if that is not JSON.
json() {
	/usr/bin/env python3 -SI -c 'import json, sys
print(json.dumps(json.loads(sys.argv[1])[sys.argv[2]]))' "$out" "$1"
}

# The command line.

@test "every verb says what it needs: a pidfile or a name, and no program" {
	local verb
	for verb in --stop --status --reload --signal=HUP; do
		echo "$verb"
		run_d "$verb"
		assert_refused 64 "cannot understand the command line: ${verb%=*}: it needs --pidfile or --name\$"
		run_d "$verb" -p "$F" "${nap[@]}"
		assert_refused 64 "cannot understand the command line: ${verb%=*}: .*it takes no program"
		run_d "$verb" -n name -- "${nap[@]}"
		assert_refused 64 "cannot understand the command line: ${verb%=*}: .*it takes no program"
	done
	run_d --list "${nap[@]}"
	assert_refused 64 'cannot understand the command line: --list: .*it takes no program'
	run_d --restart "${nap[@]}"
	assert_refused 64 'cannot understand the command line: --restart: .*it needs --pidfile or --name'
	run_d --restart -p "$F"
	assert_refused 64 'cannot understand the command line: .*program to start is missing'
	run_d --restart -f -p "$F" "${nap[@]}"
	assert_refused 64 'cannot understand the command line: --restart: .*it contradicts --foreground'
	nothing_of_it_left
	assert_no_process
}

@test "two verbs at once, or a pidfile and a name, contradict each other" {
	local a b verbs=(--stop --restart --reload --signal=HUP --status --list --explain)
	for a in "${verbs[@]}"; do
		for b in "${verbs[@]}"; do
			[[ $a == "$b" ]] && continue
			echo "$a $b"
			run_d "$a" "$b" -p "$F"
			assert_refused 64 "cannot understand the command line: --[a-z]+: it contradicts --[a-z]+\$"
		done
	done
	for a in "${verbs[@]}"; do
		run_d "$a" -p "$F" -n name
		assert_refused 64 'cannot understand the command line: --pidfile: .*it contradicts --name'
	done
	nothing_of_it_left
}

@test "--json goes with --status, --list and --explain only" {
	local verb
	for verb in --stop --reload --signal=HUP; do
		run_d "$verb" -p "$F" --json
		assert_refused 64 'cannot understand the command line: --json: .*it needs --explain, --status or --list'
	done
	for verb in --restart ''; do
		run_d ${verb:+"$verb"} -p "$F" --json "${nap[@]}"
		assert_refused 64 'cannot understand the command line: --json: .*it needs --explain, --status or --list'
	done
	nothing_of_it_left
	assert_no_process
}

@test "what is no signal is refused" {
	local signal
	for signal in '' 0 65 -1 -9 015 +9 1.0 9x 0x9 ' 9' 18446744073709551625 SIG \
		SIGFOO SIGSIGTERM TERM1 'TERM ' ' TERM' TERMX EXIT NULL TER RTMIN+ \
		RTMIN-1 RTMAX+1 RTMIN+-1 RTMIN+031 RTMIN+64 RTMAX-64 RTMINX RT; do
		echo "${signal@Q}"
		run_d --signal="$signal" -p "$F"
		assert_refused 64 'cannot understand the command line: --signal: (no such signal: .*|its value is empty)$'
	done
	run_d -p "$F" --signal
	assert_refused 64 'cannot understand the command line: --signal: .*its value is missing'
}

@test "what is no schedule is refused" {
	local schedule long
	printf -v long 'TERM/1/%.0s' {1..500}
	for schedule in '' TERM FOO/5 TERM/ /5 / // TERM//5 TERM/- TERM/5s TERM/1.5 \
		TERM/-5/x -5 -0/5 -65/5 --9/5 86401 TERM/86401 forever TERM/forever \
		forever/TERM TERM/5/forever TERM/5/forever/forever/KILL/1 ' 5' '5 ' \
		05 TERM/05 TERM/0x5 TERM/+5 +5 99999999999999999999 \
		TERM/4294967301 TERM/30,KILL/5 TERM/Forever SIG/5 "${long}KILL/1" \
		TERM/000000000000000000000000000000000000000000000000000005; do
		echo "${schedule@Q}"
		run_d --stop --retry="$schedule" -p "$F"
		assert_refused 64 'cannot understand the command line: --retry: (its? |what follows forever |forever )'
	done
}

@test "what is no name is refused, and can lead nowhere" {
	local name verb
	for name in '' . .. .hidden -x a/b ../a /etc/passwd a.id a.lock .id .lock 'a b' \
		'a*' a: $'a\n' $'a\tb' $'\xc3\xa4' 'a,' 'a;b' '~'; do
		for verb in --stop --status --reload --signal=HUP --start; do
			echo "${name@Q} $verb"
			if [[ $verb == --start ]]; then
				run_d --name="$name" "${nap[@]}"
			else
				run_d "$verb" --name="$name"
			fi
			assert_refused 64 'cannot understand the command line: --name: (not a name|its value is empty)'
		done
	done
	assert_no_process
}

# Status.

@test "--status: 0 running, 1 dead with a pidfile, 3 not running, 4 unknown; to be read" {
	daemon
	run_d --status -p "$F"
	assert_status 0
	assert_err ''
	assert_line_count 1 out
	assert_match "$out" "^$F: running \(process $pid, user $(id -un), since 2[0-9]{3}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9], ${nap[0]##*/}, started\)\$"
	assert_equal "$(names "$T/run")" "pid pid.id"
	kill -KILL "$pid"
	wait_gone "$pid"
	run_d --status -p "$F"
	assert_status 1
	assert_err ''
	assert_out "$F: dead, stale pidfile (process $pid)"
	assert_equal "$(names "$T/run")" "pid pid.id"
	# The identity alone tells as much.
	rm "$F"
	run_d --status -p "$F"
	assert_status 1
	assert_out "$F: dead, stale pidfile (process $pid)"
	rm "$F.id"
	run_d --status -p "$F"
	assert_status 3
	assert_err ''
	assert_out "$F: not running"
	run_d --status -p "$T/none/pid"
	assert_status 3
	: >"$T/regular"
	run_d --status -p "$T/regular/pid"
	assert_status 3
	assert_out "$T/regular/pid: not running"
	echo garbage >"$F"
	run_d --status -p "$F"
	assert_status 4
	assert_err ''
	assert_out "$F: unknown: it does not hold a process id"
}

@test "--status since: it is the time of the start" {
	local before after since
	before=$(date +%s)
	daemon
	after=$(date +%s)
	run_d --status --json -p "$F"
	since=$(json since)
	# Ticks and clocks are rounded.
	((since >= before - 2 && since <= after + 2)) ||
		fail "since $since, and not from $before to $after"
	run_d --status -p "$F"
	since=$(date -d "$(sed 's/.*since \([^,]*\),.*/\1/' <<<"$out")" +%s)
	((since >= before - 2 && since <= after + 2)) ||
		fail "since $since, and not from $before to $after"
}

@test "--status: a user whom no database knows has a number" {
	needroot
	start -p "$F" -u 54321:54321 "${nap[@]}"
	run_d --status --json -p "$F"
	assert_status 0
	assert_equal "$(json user)" '"54321"'
}

@test "--status --json: the same for machines, one line; -q says nothing" {
	needprogram python3
	daemon
	run_d --status --json -p "$F"
	assert_status 0
	assert_err ''
	assert_line_count 1 out
	python3 -m json.tool <<<"$out" >/dev/null
	assert_equal "$(json name) $(json state) $(json pid) $(json user) $(json program) $(json ready) $(json reason)" \
		"\"$F\" \"running\" $pid \"$(id -un)\" \"${nap[0]##*/}\" null null"
	run_d --status -q -p "$F"
	assert_status 0
	assert_silent
	kill -KILL "$pid"
	wait_gone "$pid"
	run_d --status --json -p "$F"
	assert_status 1
	assert_equal "$(json state) $(json pid) $(json user) $(json since)" \
		"\"dead\" $pid null null"
	run_d --status -q -p "$F"
	assert_status 1
	assert_silent
	rm "$F" "$F.id"
	run_d --status --json -p "$F"
	assert_status 3
	assert_equal "$(json state) $(json pid)" '"not running" null'
	: >"$T/run/odd\"\\"$'\n'"name"
	echo 0 >"$T/run/odd\"\\"$'\n'"name"
	run_d --status --json -p "$T/run/odd\"\\"$'\n'"name"
	assert_status 4
	assert_line_count 1 out
	assert_equal "$(json name) $(json state) $(json reason)" \
		"\"$T/run/odd\\\"\\\\\\nname\" \"unknown\" \"it does not hold a process id\""
	run_d --status -p "$T/run/odd\"\\"$'\n'"name"
	assert_line_count 1 out
	assert_match "$out" "/odd\"\\\\\?name: unknown: "
}

@test "--status shows the program, but none of its arguments, nor an escape" {
	local prog=$T/bin/$'e\e[31mvil'
	cp "${nap[0]}" "$prog"
	start -p "$F" "$prog" 600.123
	pid=$(cat "$F")
	wait_for test "/proc/$pid/exe" -ef "$prog"
	run_d --status -p "$F"
	assert_status 0
	assert_line_count 1 out
	refute grep -q $'\e' <<<"$out"
	refute grep -q 600.123 <<<"$out"
	run_d --status --json -p "$F"
	refute grep -q 600.123 <<<"$out"
	python3 -m json.tool <<<"$out" >/dev/null
}

@test "nobody looks at a daemon in its memory, whose lock may never be free" {
	needprogram strace
	local verb
	daemon
	for verb in --status --signal=CONT --stop; do
		run_c strace -f -o "$T/trace" -e trace=open,openat,readlink \
			"$DAEMONIZE" "$verb" -p "$F"
		assert_status 0
		refute grep -E "/proc/$pid/([^\"]*/)?(cmdline|environ|maps|smaps|mem|auxv)" \
			"$T/trace"
	done
	grep -q "/proc/$pid/stat" "$T/trace"
}

@test "--stop that is held up looks once more before it gives up" {
	needprogram strace
	local looks n
	executable "$T/slow" <<-'END'
		#!/bin/sh
		trap 'sleep 0.1; exit' TERM
		echo >"$1"
		while :; do sleep 0.01; done
	END
	start -p "$F" "$T/slow" "$T/set"
	wait_for not_empty "$T/set"
	run_c strace -o "$T/trace" -e trace=poll,ppoll,pidfd_send_signal \
		"$DAEMONIZE" --stop --retry 0/TERM -p "$F"
	assert_status 0
	looks=$(sed '/^pidfd_send_signal/q' "$T/trace" | grep -c '^p*poll')
	# one of those after the signal, for longer than what is left to wait
	for n in 1 2 3; do
		rm "$T/set"
		start -p "$F" "$T/slow" "$T/set"
		wait_for not_empty "$T/set"
		run_c strace -o "$T/trace" -e trace=poll,ppoll,pidfd_send_signal \
			-e "inject=poll,ppoll:delay_exit=1100000:when=$((looks + n))" \
			"$DAEMONIZE" --stop --retry 0/TERM -p "$F"
		assert_status 0 || fail "look $n"
	done
}

# waits PID: for something, and not for the CPU.
waits() { grep -q '^State:.[SD]' "/proc/$1/status"; }

@test "--stop ends by a signal where the way to the pidfile hangs" {
	needprogram nsenter
	hanging lookup 0
	local server=$bg
	# Stopped before it has taken what it is asked, the kernel lets go.
	kill -STOP "$server"
	run_bg nsenter --mount --target "$server" \
		"$DAEMONIZE" --stop -p "$T/hang/pid"
	wait_for waits "$bg"
	kill -TERM "$bg"
	wait_gone "$bg"
	kill -KILL "$server"
}

@test "--status shows no escape of a directory that it does not trust" {
	local dir=$T/$'\e[31mred'
	mkdir "$dir"
	chmod 777 "$dir"
	run_d --status -p "$dir/pid"
	assert_status 4
	assert_match "$out" 'unsafe: .*\?\[31mred, owner'
	refute grep -q $'\e' <<<"$out"
}

@test "an ordinary user may ask for root's daemon, but not end or signal it" {
	needroot
	deaf sigblock
	as_nobody --status -p "$F"
	assert_status 0
	assert_match "$out" "^$F: running \(process $pid, user root,"
	as_nobody --stop -p "$F"
	assert_refused 77 "cannot stop: $F: "
	as_nobody --signal=HUP -p "$F"
	assert_refused 77 "cannot signal: $F: "
	as_nobody --reload -p "$F"
	assert_refused 77 "cannot signal: $F: "
	as_nobody --restart -p "$F" "${nap[@]}"
	assert_refused 77 "cannot stop: $F: "
	assert_equal "$(heard "$pid")" "" "what it got"
	assert_equal "$(names "$T/run")" "pid pid.id"
	kill -KILL "$pid"
	wait_gone "$pid"
	as_nobody --status -p "$F"
	assert_status 1
	as_nobody --reload -p "$F"
	assert_refused 7 "cannot signal: $F: it is not running"
	as_nobody --stop -p "$F"
	assert_refused 77 "cannot stop: $F: "
	assert_equal "$(names "$T/run")" "pid pid.id"
}

@test "an answer that cannot be printed is an error" {
	daemon
	run_c sh -c '"$@" >/dev/full' sh "$DAEMONIZE" --status -p "$F"
	assert_refused 71 'cannot print: No space left on device'
	run_c sh -c '"$@" >&-' sh "$DAEMONIZE" --status -p "$F"
	assert_refused 71 'cannot print'
	run_c sh -c '"$@" >/dev/full' sh "$DAEMONIZE" --list
	assert_refused 71 'cannot print: No space left on device'
}

@test "who only prints ends by SIGPIPE, unless the caller ignores it" {
	local a by
	daemon
	# The pipe has lost its reader before anything is written.
	by='exec 3> >(:); wait $!; exec "$@" >&3 3>&-'
	for a in --list "--list --json" "--status -p $F" "-x true" \
		"-x --json true" --help -V; do
		# shellcheck disable=SC2086 # words
		run_c env --default-signal=PIPE bash -c "$by" bash "$DAEMONIZE" $a
		assert_status 141
		assert_silent
		# shellcheck disable=SC2086
		run_c env --ignore-signal=PIPE bash -c "$by" bash "$DAEMONIZE" $a
		assert_refused 71 'cannot print: Broken pipe'
		# shellcheck disable=SC2086
		run_c env --block-signal=PIPE bash -c "$by" bash "$DAEMONIZE" $a
		assert_refused 71 'cannot print: Broken pipe'
	done
}

@test "a message that nobody reads costs no exit status, and no start" {
	local by='exec 3> >(:); wait $!; exec "$@" >&3 2>&3 3>&-'
	run_c env --default-signal=PIPE bash -c "$by" bash \
		"$DAEMONIZE" -x "$T/none"
	assert_status 127
	run_c env --default-signal=PIPE bash -c "$by" bash \
		"$DAEMONIZE" -v -p "$F" sleep 100
	assert_status 0
	track "$(cat "$F")"
	run_c env --default-signal=PIPE bash -c "$by" bash \
		"$DAEMONIZE" --stop -v -p "$F"
	assert_status 0
	refute_exists "$F"
}

@test "--status -q, whose status is the answer, needs no standard output" {
	daemon
	run_c sh -c '"$@" >&-' sh "$DAEMONIZE" --status -q -p "$F"
	assert_status 0
	assert_silent
	run_c sh -c '"$@" >&-' sh "$DAEMONIZE" --status -q -p "$T/none"
	assert_status 3
	assert_silent
	run_c sh -c '"$@" >&-' sh "$DAEMONIZE" --status -q --json -p "$F"
	assert_refused 71 'cannot print'
}

# Stop.

@test "--stop ends it, waits for its end, and removes its files" {
	daemon
	run_d --stop -p "$F"
	assert_status 0
	assert_silent
	refute_alive "$pid"
	nothing_of_it_left
	run_d --status -p "$F"
	assert_status 3
}

@test "how to start it means nothing to --status, --signal, --list and --stop" {
	local -a how=(-p "$F" -u no-such-user -c "$T/nowhere" -L "$T/log")

	daemon
	run_c "$DAEMONIZE" --status "${how[@]}"
	assert_status 0
	run_c "$DAEMONIZE" --signal=CONT "${how[@]}"
	assert_status 0
	run_c "$DAEMONIZE" --list "${how[@]:2}"
	assert_status 0
	assert_alive "$pid"
	run_c "$DAEMONIZE" --stop "${how[@]}"
	assert_status 0
	refute_alive "$pid"
	refute_exists "$T/log"
}

@test "--stop of nothing is success, and says so, but not with -q" {
	run_d --stop -p "$F"
	assert_status 0
	assert_out ''
	assert_message "not running: $F\$"
	run_d --stop -q -p "$F"
	assert_status 0
	assert_silent
	run_d --stop -p "$T/none/pid"
	assert_status 0
	assert_message "not running: $T/none/pid\$"
	refute_exists "$T/none"
	: >"$T/regular"
	run_d --stop -p "$T/regular/pid"
	assert_status 0
	assert_message "not running: $T/regular/pid\$"
	nothing_of_it_left
}

@test "--stop names the lock that is in its way" {
	daemon
	ln -s none "$F.lock"
	run_d --stop -p "$F"
	assert_refused 77 "cannot stop: $F: unsafe: it is a symbolic link \\(pid.lock\\)\$"
	rm "$F.lock"
	mkdir "$F.lock"
	run_d --restart -p "$F" "${nap[@]}"
	assert_refused 77 "cannot stop: $F: unsafe: it is not a regular file \\(pid.lock\\)\$"
	assert_alive "$pid"
}

@test "--stop removes what a dead daemon has left: pidfile, identity, lock" {
	daemon
	kill -KILL "$pid"
	wait_gone "$pid"
	(umask 077 && : >"$F.lock")
	run_d --stop -p "$F"
	assert_status 0
	assert_message "not running: $F\$"
	nothing_of_it_left
}

@test "--stop removes the empty files that a loss of power leaves, and nothing else" {
	local number
	: >"$F"
	: >"$F.id"
	run_d --stop -p "$F"
	assert_status 0
	assert_message "not running: $F\$"
	nothing_of_it_left
	: >"$F.id"
	start --stop -q -p "$F"
	nothing_of_it_left
	# These may be another program's, with an empty file or without one.
	: >"$F"
	start --stop -q -p "$F"
	assert_equal "$(names "$T/run")" pid
	number=$(sh -c 'echo $$')
	echo "$number" >"$F"
	: >"$F.id"
	start --stop -q -p "$F"
	assert_content "$F" "$number"
	assert_equal "$(names "$T/run")" "pid pid.id"
}

@test "--stop that cannot remove the pidfile says so, and that the daemon has ended" {
	needroot
	local state
	chmod 1777 "$T/run"
	for state in running dead; do
		echo "$state"
		start -u nobody:nogroup -p "$F" "${nap[@]}"
		pid=$(cat "$F")
		[[ $state == running ]] || kill -KILL "$pid"
		[[ $state == running ]] || wait_gone "$pid"
		as_nobody --stop -v -p "$F"
		if [[ $state == running ]]; then
			assert_refused 77 "cannot remove pidfile: $F: Operation not permitted \\(process $pid has ended\\)\$"
			wait_gone "$pid"
		else
			assert_status 0
			assert_message "not running: $F\$"
		fi
		assert_equal "$(names "$T/run")" "pid pid.id"
		run_d --stop -q -p "$F"
		assert_status 0
		nothing_of_it_left
	done
}

@test "--stop: an identity that cannot be removed is said, another's pidfile is none of ours" {
	needprogram strace
	daemon
	run_c strace -qq -o "$CAP/strace" -e inject=unlinkat:error=EIO:when=2 \
		"$DAEMONIZE" --stop -p "$F"
	assert_refused 71 "cannot remove pidfile: $F: (Input/output|I/O) error \\(process $pid has ended\\)\$"
	assert_equal "$(names "$T/run")" "pid.id"
	run_d --stop -q -p "$F"
	assert_status 0
	nothing_of_it_left
	# Who has written another one meanwhile keeps it: nothing of ours is left.
	start -p "$F" "$(own "$(type -P sh)")" -c 'trap "rm $1.id; echo 1 >$1; exit" TERM
		: >"$2"
		while :; do sleep 0.01; done' sh "$F" "$T/up"
	wait_for test -e "$T/up"
	pid=$(cat "$F")
	run_d --stop --retry=TERM/30 -p "$F"
	assert_status 0
	assert_silent
	assert_content "$F" 1
	rm "$F"
}

@test "--stop -v tells which process it has stopped, and what it took" {
	daemon
	run_d --stop -v -p "$F"
	assert_status 0
	assert_out ''
	assert_match "$err" "daemonize: stopped: process $pid, after signal 15, SIGTERM\$"
	deaf sigblock
	run_d --stop -v --retry=TERM/0/KILL/5 -p "$F"
	assert_status 0
	assert_match "$err" "daemonize: stopped: process $pid, after signal 9, SIGKILL\$"
	daemon
	run_d --stop -v --retry=-40/5 -p "$F"
	assert_match "$err" "daemonize: stopped: process $pid, after signal 40\$"
}

@test "--stop where the lock cannot be made: 71, the lock is named, and the daemon stays" {
	needroot
	mkdir "$T/full"
	run_c unshare -m bash -uc '
		mount -t tmpfs -o nr_inodes=20 none "$2"
		"$1" -p "$2/pid" "${@:3}" || exit
		for i in {1..20}; do : >"$2/$i"; done 2>/dev/null
		pid=$(<"$2/pid")
		for option in rw ro; do
			mount -o "remount,$option" "$2"
			"$1" --stop -p "$2/pid"
			echo "$?"
			kill -0 "$pid" && echo alive
		done
		mount -o remount,rw "$2"
		rm "$2/1"
		"$1" --stop -p "$2/pid"
	' bash "$DAEMONIZE" "$T/full" "${nap[@]}"
	assert_status 0
	assert_out $'71\nalive\n71\nalive'
	assert_err "daemonize: cannot stop: $T/full/pid: No space left on device (pid.lock)
daemonize: cannot stop: $T/full/pid: Read-only file system (pid.lock)"
}

@test "a relative pidfile works from where it was meant" {
	daemon
	cd "$T/run"
	run_d --status -p pid
	assert_status 0
	assert_match "$out" "^pid: running \(process $pid,"
	run_d --stop -p ../run/pid
	assert_status 0
	refute_alive "$pid"
	nothing_of_it_left
}

@test "a relative pidfile where the directory is gone: that is said" {
	local verb gone=(sh -c 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"'
		"$T/gone" "$DAEMONIZE")
	for verb in --stop --reload --signal=USR1; do
		run_c "${gone[@]}" "$verb" -p x
		assert_refused 66 'cannot resolve path: x: the current directory is gone$'
	done
	run_c "${gone[@]}" --status -p x
	assert_status 4
	assert_out 'x: unknown: the current directory is gone'
	assert_err ''
}

# gated SCRIPT: a daemon that reads of $T/gate when it may end.
gated() {
	chmod 755 "$1"
	mkfifo "$T/gate" "$T/never"
	start -p "$F" -o "$T/out" "$1"
	pid=$(cat "$F")
	wait_for has_line "$T/out" up
}

@test "--stop waits for a slow end, and returns when it comes" {
	cat >"$T/slow" <<-END
		#!$(own "$(type -P bash)")
		trap 'echo got; read -r _ <"$T/gate"; exit 0' TERM
		echo up
		while :; do read -rt 60 _ <>"$T/never"; done
	END
	gated "$T/slow"
	run_bg "$DAEMONIZE" --stop --retry=TERM/60 -p "$F"
	wait_for has_line "$T/out" got
	assert_alive "$bg"
	assert_alive "$pid"
	assert_exists "$F"
	assert_exists "$F.lock"
	assert_stat %a "$F.lock" 600
	echo >"$T/gate"
	status=0
	wait "$bg" || status=$?
	assert_status 0
	refute_alive "$pid"
	nothing_of_it_left
}

@test "what ignores TERM is killed, by each schedule that says so" {
	local schedule
	for schedule in 1 TERM/1/KILL/5 15/1/9/5 -15/1/-9/5 HUP/INT/1/KILL/5 kill/5 \
		SIGTERM/0/sigkill/5 TERM/forever/1/KILL/1 0/KILL/5 KILL/forever/1; do
		echo "$schedule"
		[[ $schedule == 15/1/9/5 ]] && continue	# 15 is a time there
		deaf sigign
		run_d --stop --retry="$schedule" -p "$F"
		assert_status 0
		assert_silent
		refute_alive "$pid"
		nothing_of_it_left
	done
}

@test "a schedule is done in order, and its end reported: 1, all stays" {
	deaf sigblock
	run_d --stop --retry=TERM/0/USR1/0/-12/1 -p "$F"
	assert_refused 1 "cannot stop: $F: it still runs at the end of the schedule \(process $pid\)"
	assert_alive "$pid"
	# 18: CONT comes after each.
	assert_equal "$(heard "$pid")" "10 12 15 18" "what it got"
	assert_equal "$(names "$T/run")" "pid pid.id"
	run_d --status -p "$F"
	assert_status 0
	run_d --restart --retry=TERM/0 -p "$F" "${nap[@]}"
	assert_refused 1 "cannot stop: $F: it still runs at the end of the schedule \(process $pid\)"
	assert_content "$F" "$pid"
	run_d --stop --retry=KILL/5 -p "$F"
	assert_status 0
	nothing_of_it_left
}

@test "--retry of a time alone is TERM, and KILL after it; 0 is allowed" {
	daemon
	run_d --stop --retry=15 -p "$F"
	assert_status 0
	nothing_of_it_left
	deaf sigign
	run_d --stop --retry=0 -p "$F"
	[[ $status == [01] ]] || fail "status $status"
	wait_gone "$pid"
	run_d --stop -q -p "$F"
	assert_status 0
	nothing_of_it_left
}

@test "forever: the schedule repeats until it has ended" {
	cat >"$T/third" <<-END
		#!$(own "$(type -P bash)")
		n=0
		trap '((++n)); echo got \$n; ((n < 3)) || exit 0' TERM
		echo up
		while :; do read -rt 60 _ <>"$T/never"; done
	END
	chmod 755 "$T/third"
	mkfifo "$T/never"
	start -p "$F" -o "$T/out" "$T/third"
	pid=$(cat "$F")
	wait_for has_line "$T/out" up
	run_d --stop --retry=forever/TERM/1 -p "$F"
	assert_status 0
	refute_alive "$pid"
	assert_content "$T/out" "up
got 1
got 2
got 3"
	nothing_of_it_left
}

@test "forever and a wait: it is waited for, and nothing is sent" {
	deaf sigblock
	run_bg "$DAEMONIZE" --stop --retry=forever/1 -p "$F"
	wait_for test -e "$F.lock"
	assert_equal "$(heard "$pid")" "" "what it got"
	kill -KILL "$pid"
	wait_gone "$bg"
	nothing_of_it_left
}

@test "a stopped (SIGSTOP) daemon is ended too; --signal leaves it stopped" {
	daemon
	kill -STOP "$pid"
	wait_for is_in_state "$pid" T
	run_d --status -p "$F"
	assert_status 0
	run_d --signal=TERM -p "$F"
	assert_status 0
	assert_silent
	assert_equal "$(state_of "$pid")" T "state after --signal"
	run_d --stop --retry=TERM/10 -p "$F"
	assert_status 0
	refute_alive "$pid"
	nothing_of_it_left
}

# unreaped: the daemon's parent never asks for its end.
unreaped() {
	run_bg "$HELPERS/dirty" subreaper -- sh -c '"$@"; exec sleep 600' sh \
		"$DAEMONIZE" -p "$F" "${nap[@]}"
	wait_for not_empty "$F"
	pid=$(cat "$F")
	wait_for is_nap "$pid"
	# Our parent has gone on.
	wait_for is_child_of "$pid" "$bg"
}

is_child_of() { [[ $(sed -n 's/^PPid:\t//p' "/proc/$1/status") == "$2" ]]; }

@test "a zombie that nobody reaps has ended" {
	local option
	for option in '' --stop-group; do
		echo "option $option"
		unreaped
		run_d --stop --retry=TERM/3/KILL/3 ${option:+"$option"} -p "$F"
		assert_status 0
		assert_silent
		assert_equal "$(state_of "$pid")" Z "state"
		nothing_of_it_left
		kill -KILL "$bg"
	done
	unreaped
	kill -KILL "$pid"
	wait_for is_in_state "$pid" Z
	run_d --status -p "$F"
	assert_status 1
	assert_out "$F: dead, stale pidfile (process $pid)"
	run_d --reload -p "$F"
	assert_refused 7 "cannot signal: $F: it is not running"
	run_d --stop -p "$F"
	assert_status 0
	assert_message "not running: $F\$"
	nothing_of_it_left
}

# family: a shell daemon with two children, one of which ignores TERM.
family() {
	cat >"$T/family" <<-END
		#!$(own "$(type -P bash)")
		${nap[*]} &
		echo \$! >>"$T/children"
		(trap '' TERM; exec ${nap[*]}) &
		echo \$! >>"$T/children"
		echo up
		wait
	END
	chmod 755 "$T/family"
	rm -f "$T/children"
	start -p "$F" -o "$T/out" "$T/family"
	pid=$(cat "$F")
	wait_for has_line "$T/out" up
	mapfile -t children <"$T/children"
	wait_for is_nap "${children[0]}"
	wait_for is_nap "${children[1]}"
}

@test "--stop-group ends the children, also those that outlive the leader" {
	family
	run_d --stop --stop-group --retry=TERM/1/KILL/5 -p "$F"
	assert_status 0
	assert_silent
	refute_alive "$pid"
	refute_alive "${children[0]}"
	refute_alive "${children[1]}"
	nothing_of_it_left
	# The first signal ends the leader, the children are stopped.
	family
	kill -STOP "${children[0]}"
	run_d --restart --stop-group --retry=TERM/1/KILL/5 -p "$F" "${nap[@]}"
	assert_status 0
	refute_alive "$pid"
	refute_alive "${children[0]}"
	refute_alive "${children[1]}"
	assert_alive "$(cat "$F")"
	run_d --stop -p "$F"
	assert_status 0
	# A group that does not end is no end, and that is said.
	family
	run_d --stop --stop-group --retry=TERM/1 -p "$F"
	assert_refused 1 "cannot stop: $F: it still runs at the end of the schedule"
	refute_alive "${children[0]}"
	assert_alive "${children[1]}"
}

@test "--stop-group returns when the last of them ends, also after the leader" {
	cat >"$T/group" <<-END
		#!$(own "$(type -P bash)")
		(
			trap 'echo got; read -r _ <"$T/gate"; exit 0' TERM
			echo up
			while :; do read -rt 60 _ <>"$T/never"; done
		) &
		wait
	END
	gated "$T/group"
	run_bg "$DAEMONIZE" --stop --stop-group --retry=TERM/100 -p "$F"
	wait_for has_line "$T/out" got
	wait_gone "$pid"
	assert_alive "$bg"
	echo >"$T/gate"
	wait_gone "$bg"
	status=0
	wait "$bg" || status=$?
	assert_status 0
	nothing_of_it_left
}

@test "--stop-group with too few descriptors says so, and stops all with enough" {
	local n refused=0
	family
	for n in {4..16}; do
		run_c bash -c 'ulimit -Sn "$0" && exec "$@"' "$n" "$DAEMONIZE" \
			--stop --stop-group --retry=TERM/1/KILL/5 -p "$F"
		((status != 0)) || break
		assert_message 'cannot .*: (Too many open files|No file descriptors available)( \(pid.lock\))?$' ||
			fail "$n descriptors" || return 1
		assert_exists "$F"
		refused=$((refused + 1))
	done
	assert_status 0
	((refused > 2)) || fail "$refused refusals"
	refute_alive "$pid"
	refute_alive "${children[0]}"
	refute_alive "${children[1]}"
	nothing_of_it_left
}

@test "--stop-group where /proc cannot be read to its end says so: 71" {
	family
	run_c "$HELPERS/without" getdents64=ENOMEM \
		"$DAEMONIZE" --stop --stop-group --retry=KILL/1 -p "$F"
	assert_refused 71 "cannot stop: $F: (Cannot allocate|Out of) memory$"
	assert_exists "$F"
	start --stop --stop-group --retry=KILL/5 -p "$F"
	nothing_of_it_left
}

@test "--stop-group: a member whose thread executes is not gone" {
	start -p "$F" -o "$T/out" sh -c \
		'trap "" TERM; "$0" thread & trap - TERM; echo up; exec "$@"' \
		"$(own "$HELPERS/clones")" "${nap[@]}"
	pid=$(cat "$F")
	wait_for has_line "$T/out" up
	run_d --stop --stop-group --retry=TERM/3/KILL/5 -p "$F"
	assert_status 0
	assert_silent
	refute pgrep -g "$pid" -r R,S,D,T
	nothing_of_it_left
}

@test "without --stop-group children stay" {
	family
	run_d --stop --retry=TERM/5/KILL/5 -p "$F"
	assert_status 0
	refute_alive "$pid"
	assert_alive "${children[0]}"
	assert_alive "${children[1]}"
	nothing_of_it_left
}

@test "--stop-group of a daemon that leads no group ends only it" {
	run_bg setsid -w sh -c '"$@" & sleep 600; :' sh "$DAEMONIZE" -f -p "$F" "${nap[@]}"
	wait_for not_empty "$F"
	pid=$(cat "$F")
	wait_for is_nap "$pid"
	run_d --stop --stop-group --retry=TERM/5 -p "$F"
	assert_status 0
	refute_alive "$pid"
	assert_alive "$bg"
	assert_equal "$(pgrep -c -P "$bg")" 1 "the rest of its group"
	nothing_of_it_left
}

# The usual way of a script to take its children with it is `kill 0`.
@test "--stop-group by a child of the daemon ends all but this, and goes on" {
	local verb words
	for verb in --stop --restart; do
		words=("$verb" --stop-group --retry=TERM/30/KILL/5 -p "$F")
		[[ $verb == --stop ]] || words+=("${nap[@]}")
		rm -f "$T/go"
		start -p "$F" "$(own "$(type -P sh)")" -c 'trap "trap - TERM; kill 0" TERM
			until [ -e "$1" ]; do sleep 0.01; done
			shift
			"$@" &
			wait' sh "$T/go" "$DAEMONIZE" "${words[@]}"
		pid=$(cat "$F")
		touch "$T/go"
		wait_gone "$pid"
		if [[ $verb == --stop ]]; then
			wait_for nothing_of_it_left
		else
			wait_for runs_anew
			run_d --stop -p "$F"
			assert_status 0
		fi
	done
}

# again PORT COMMAND...: listens there, unless it is `-`, by a descriptor that
# its children have, too, and runs the command when it hears USR1.
again() {
	cat >"$T/again" <<-'END'
		#!/usr/bin/python3 -SI
		import signal, socket, subprocess, sys
		signal.signal(signal.SIGUSR1, lambda *_: subprocess.Popen(
		    sys.argv[2:], close_fds=False))
		if sys.argv[1] != "-":
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(("127.0.0.1", int(sys.argv[1])))
		    s.listen()
		    s.set_inheritable(True)
		print("ready", flush=True)
		while True:
		    signal.pause()
	END
	chmod 755 "$T/again"
}

# replaces OPTION...: does the daemon that $options start have itself replaced?
replaces() {
	local words=("$DAEMONIZE" --restart -p "$F" -l "$T/lock" -L "$T/new" "$@")
	start -p "$F" -l "$T/lock" -L "$T/log" -w log:ready "${options[@]}" \
		"${words[@]}"
	pid=$(cat "$F")
	kill -USR1 "$pid"
	wait_gone "$pid"
	wait_for not_empty "$T/new"
	assert_equal "$(cat "$T/new" "$T/log")" "ready
ready" "what it says"
	wait_for runs_anew
	start --stop -p "$F"
	rm "$T/log" "$T/new"
}

@test "--restart by the daemon itself: nothing that it has open is in the way" {
	needprogram python3
	local options port other
	again
	port=$(free_port)
	options=("$T/again" -)
	replaces "$T/again" -
	options=("$T/again" "$port")
	replaces -w log:ready -t 15 "$T/again" "$port"
	other=$((port + 1))
	options=("--listen=$other" "--listen=$port" "$T/again" -)
	replaces "--listen=$port" "$T/again" -
}

@test "--restart: the address of a socket that the caller has is free for the program" {
	needprogram python3 strace
	local port
	again
	port=$(free_port)
	daemon
	# It binds while the front is still there.
	run_c strace -qq -o "$CAP/strace" -e trace=exit_group \
		-e inject=exit_group:delay_enter=2000000 python3 -SIc 'import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
s.set_inheritable(True)
os.execv(sys.argv[2], sys.argv[2:])' "$port" \
		"$DAEMONIZE" --restart -p "$F" -L "$T/new" "$T/again" "$port"
	assert_status 0
	wait_for not_empty "$T/new"
	assert_content "$T/new" ready
	start --stop -p "$F"
}

runs_anew() { "$DAEMONIZE" --status -q -p "$F" && [[ ! -e $F.lock ]]; }

# in_namespace OPTIONS: bash with a script from standard input, in a PID namespace
# whose /proc is mounted with these.
in_namespace() {
	needroot
	needprogram unshare mount
	cat "$SRCDIR/tests/lib/namespace.bash" - >"$CAP/script"
	run_c unshare -fpm --mount-proc --propagation private bash -uc '
		mount -t proc -o "$1" proc /proc || { echo "kernel: no $1"; exit; }
		daemonize=$3 F=$4 deaf=("$5" sigign -- "${@:6}") nap=("${@:6}")
		is_child() { is_nap "$(<"$F.child")"; }
		source "$2"' bash "$1" "$CAP/script" "$(own "$DAEMONIZE")" "$F" \
		"$(own "$HELPERS/dirty")" "${nap[@]}"
	[[ $out != kernel:* ]] || skip "$out"
}

@test "--stop-group: what /proc hides of the group is not gone" {
	needprogram setpriv
	in_namespace hidepid=2 <<-'END'
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		setsid sh -c '"$@" & echo $! >"$0.child"
			shift 3; exec '"${user[*]}"' "$@"' "$F" "${deaf[@]}" &
		pid=$!
		until_true is_nap "$pid"
		until_true is_child
		echo "$pid" >"$F"
		printf 'pid %s\nstart %s\nboot %s\ninode 0\n' "$pid" \
			"$(start_of "$pid")" \
			"$(cat /proc/sys/kernel/random/boot_id)" >"$F.id"
		chown -R nobody "${F%/*}"
		# Until all that can be seen has ended.
		"${user[@]}" "$daemonize" --stop --stop-group --retry=TERM/forever/1/TERM -p "$F"
		echo "status $?"
		is_child && echo alive
	END
	assert_status 0
	assert_out $'status 77\nalive'
	assert_message "cannot stop: $F: Operation not permitted"
}

# stop_hidden OPTIONS [COMMANDS]: a group that has a child which /proc, mounted
# with these, and after these, hides from its user.
stop_hidden() {
	needprogram setpriv
	cp "$(type -P sleep)" "$T/bin/suid"
	chmod 4755 "$T/bin/suid"
	in_namespace "$1" < <(echo "${2-}"; cat <<-'END'
		chown -R nobody "${F%/*}"
		exec setpriv --reuid=65534 --regid=65534 --clear-groups bash -uc '
			"$1" -p "$2" sh -c "$3 600 & echo \$! >$2.child; exec $4 600"
			until [ -s "$2.child" ] && [ ! -e "/proc/$(cat "$2.child")" ]; do :; done
			"$1" --stop --stop-group --retry=KILL/1 -p "$2"
			echo "status $?"
			kill -0 "$(cat "$2.child")" && echo alive
			exit' bash "$daemonize" "$F" "${nap[0]%/*}/suid" "${nap[0]}"
	END
	)
	assert_out $'status 1\nalive'
	assert_message "cannot stop: $F: it still runs at the end of the schedule"
}

@test "--stop-group: what /proc hides is not gone, whoever process 1 is" {
	stop_hidden hidepid=2
}

@test "--stop-group: what a /proc that was moved there hides is not gone" {
	mkdir "$T/proc"
	stop_hidden hidepid=2 "
		mount --move /proc '$T/proc'
		mount -t proc proc /proc
		mount --move '$T/proc' /proc"
}

@test "--stop-group: a member that bears a child and ends is not gone" {
	own "$HELPERS/clones"
	in_namespace rw <<-'END'
		# Numbers have wrapped since that one began.
		echo 30000 >/proc/sys/kernel/ns_last_pid
		"${nap[@]}" &
		echo 300 >/proc/sys/kernel/ns_last_pid
		for i in {1..3}; do
			"$daemonize" -p "$F" -l "$F.held" "${nap[0]%/*}/clones" chain "$F.runs"
			until_true test -s "$F.runs"
			"$daemonize" --stop --stop-group --retry=TERM/2/KILL/5 -p "$F"
			echo "$? $(flock -n "$F.held" true || echo runs)"
			rm "$F.runs"
		done | sort -u
	END
	assert_out '0 '
}

@test "--stop-group: a later group of the same number and session is left alone" {
	needprogram python3 strace
	in_namespace rw <<-'END'
		cat >"$F.py" <<-'PY'
			import os, signal, sys
			leader = os.getpid()
			if os.fork():
			    while True:
			        signal.pause()
			os.setpgid(0, 0)
			open(sys.argv[1] + ".apart", "w")
			while True:
			    try:
			        os.kill(leader, 0)
			        os.kill(-leader, 0)
			    except ProcessLookupError:
			        break
			while True:
			    open("/proc/sys/kernel/ns_last_pid", "w").write(str(leader - 1))
			    job = os.fork()
			    if job == leader:
			        break
			    if job == 0:
			        if os.getpid() != leader:
			            os._exit(0)
			        os.setpgid(0, 0)
			        open(sys.argv[1], "w").write("job\n")
			        signal.pause()
			    os.waitpid(job, 0)
			os.waitpid(job, 0)
			open(sys.argv[1] + ".end", "w")
		PY
		echo 5000 >/proc/sys/kernel/ns_last_pid
		"$daemonize" -p "$F" "$(type -P python3)" -SI "$F.py" "$F.job"
		pid=$(cat "$F")
		until_true test -e "$F.job.apart"
		strace -qq -o "$F.trace" -e trace=pidfd_send_signal \
			-e inject=pidfd_send_signal:delay_exit=1500000:when=1 "$daemonize" \
			--stop --stop-group --retry=TERM/0/TERM/5/KILL/5 -p "$F"
		echo "status $?"
		until_true test -s "$F.job"
		kill -0 "$pid" && [ ! -e "$F.job.end" ] && echo alive
		rm -f "$F".*
	END
	assert_out $'status 0\nalive'
}

@test "--stop-group: a member that ends while it is looked at is no error" {
	needprogram strace
	in_namespace rw <<-'END'
		"$daemonize" -p "$F" sh -c '"$@" & echo $! >"$0.child"; shift 3
			"$@" & echo $! >"$0.last"; exec "$@"' "$F" "${deaf[@]}"
		pid=$(cat "$F")
		until_true is_child
		until_true test -s "$F.last"
		last=$(<"$F.last")
		# As older kernels say it.
		strace -qq -o "$F.trace" -e trace=pidfd_open \
			-e inject=pidfd_open:error=EINVAL:delay_enter=2000000:when=5 \
			"$daemonize" --stop --stop-group --retry=TERM/KILL/5 -p "$F" &
		until_true test ! -d "/proc/$pid"
		kill -KILL "$last"
		wait "$!"
		echo "status $?"
		grep -c "pidfd_open($last, .*INJECTED" "$F.trace"
		rm "$F".*
	END
	assert_out $'status 0\n1'
	assert_err ''
}

@test "--stop-group where nobody may ask for a group: 77, and all stay" {
	needprogram strace
	start -p "$F" sh -c "${nap[*]} & echo \$! >$F.child; exec ${nap[*]}"
	wait_for not_empty "$F.child"
	run_c strace -qq -o "$CAP/strace" -e inject=getpgid:error=EACCES \
		"$DAEMONIZE" --stop --stop-group -p "$F"
	assert_refused 77 "cannot stop: $F: Operation not permitted$"
	assert_alive "$(cat "$F")"
	assert_alive "$(cat "$F.child")"
	rm "$F.child"
	start --stop --stop-group -p "$F"
	nothing_of_it_left
}

@test "a /proc of another PID namespace is not ours, although our number is the same" {
	needroot
	needprogram unshare setpriv
	start -p "$F" true
	grep -q '^inode [1-9]' "$F.id" || skip "kernel: no pidfs"
	rm "$F" "$F.id"
	in_namespace rw <<-'END'
		echo 5999 >/proc/sys/kernel/ns_last_pid
		setpriv --reuid=65534 --regid=65534 --clear-groups "${nap[@]}" &
		mkfifo "$F.at" "$F.go"
		unshare -fp --kill-child bash -uc '
			daemonize=$1 F=$2 none=0 one=1
			exec 5>"$F.at" 6<"$F.go"
			echo 5999 >/proc/sys/kernel/ns_last_pid
			"${@:3}" &
			victim=$!
			inode=$(python3 -c "import os
print(os.fstat(os.pidfd_open($victim)).st_ino)")
			other=$(sed "s/.*) //" "/proc/$victim/stat" | cut -d " " -f 20)
			echo "victim $victim"
			while read -r owner start inode_of; do
				printf "pid %s\nstart %s\nboot \ninode %s\n" "$victim" \
					"${!start}" "${!inode_of}" >"$F.id"
				echo "$victim" >"$F"
				chown -R "$owner" "${F%/*}"
				echo at >&5
				read -r line <&6
				echo 9999 >/proc/sys/kernel/ns_last_pid
				# The line that tells comes after all of the groups.
				setpriv --groups="$(seq -s, 1000000000 1000000600)" \
					"$daemonize" --stop --retry=TERM/2 -p "$F"
				echo "$owner $start $inode_of: status $?"
				[[ -z $(jobs -pr) ]] || echo alive
			done' bash "$daemonize" "$F" "${nap[@]}" <<-'ROWS' &
			nobody none inode
			root other none
			root one inode
		ROWS
		exec 5<"$F.at" 6>"$F.go"
		# What this forks meanwhile would have a number, too.
		while read -r line <&5; do
			echo 9999 >/proc/sys/kernel/ns_last_pid
			echo go >&6
		done
		wait "$!"
		rm "$F.at" "$F.go"
	END
	assert_out "victim 6000
nobody none inode: status 77
alive
root other none: status 77
alive
root one inode: status 0"
	assert_match "$err" "/proc does not tell whose process this is \\(user 65534\\)"
}

@test "--status where /proc is of another PID namespace names nobody else's program" {
	needroot
	needprogram unshare
	run_c unshare --pid --fork --kill-child sh -c '
		"$0" -p "$1" "$2" 600 && "$0" --status -p "$1" &&
		"$0" --status --json -p "$1" && "$0" --stop -p "$1"' \
		"$DAEMONIZE" "$F" "$(own "$(type -P sleep)")"
	assert_status 0
	assert_match "$out" ': running \(process [0-9]*, user unknown, since [^,]*, unknown, started\)'
	assert_match "$out" '"user": ?null, ?"program": ?null'
}

@test "--stop-group ends a group whose session is of another PID namespace" {
	in_namespace hidepid=0 <<-'END'
		set -m	# each job is a group
		for child in nap deaf; do
			declare -n words=$child
			"$daemonize" -f -p "$F" sh -c '"$@" & echo $! >"$0.child"
				exec '"${nap[*]}" "$F" "${words[@]}" 2>/dev/null &
			until_true test -s "$F"
			until_true is_nap "$(<"$F")"
			until_true is_child
			"$daemonize" --stop --stop-group --retry=TERM/forever/1/KILL -p "$F"
			echo "$child: status $?"
			is_child && echo alive
		done
	END
	assert_status 0
	# Without its leader, it may be another's: that is no success.
	assert_out $'nap: status 0\ndeaf: status 77\nalive'
	assert_match "$err" "daemonize: cannot stop: $F: Operation not permitted"
}

@test "a signal ends the wait of a --stop: daemon and files stay, no lock" {
	local signal verb
	deaf sigblock
	for verb in --stop --restart; do
		for signal in INT TERM HUP; do
			echo "$verb $signal"
			if [[ $verb == --stop ]]; then
				run_bg env --default-signal "$DAEMONIZE" --stop \
					--retry=USR1/60 -p "$F"
			else
				run_bg env --default-signal "$DAEMONIZE" --restart \
					--retry=USR1/60 -p "$F" "${nap[@]}"
			fi
			wait_for test -e "$F.lock"
			wait_for hears "$pid" 10
			kill -"$signal" "$bg"
			status=0
			wait "$bg" || status=$?
			assert_status $((128 + $(kill -l "$signal")))
			assert_equal "$(cat "$CAP/bg.err")" "daemonize: cannot stop: $F: interrupted"
			assert_alive "$pid"
			assert_equal "$(names "$T/run")" "pid pid.id" files
			assert_content "$F" "$pid"
		done
	done
	assert_equal "$(heard "$pid")" "10 18" "what it got"
}

@test "a caller that ignores a signal is not interrupted by it" {
	deaf sigblock
	run_bg env --ignore-signal=INT "$DAEMONIZE" --stop --retry=USR1/2/KILL/5 -p "$F"
	wait_for hears "$pid" 10
	kill -INT "$bg"
	wait "$bg"
	refute_alive "$pid"
	nothing_of_it_left
}

@test "FILE.lock held by another: an error after five seconds, nothing done" {
	local verb
	needprogram flock
	deaf sigblock
	(umask 077 && : >"$F.lock")
	run_bg flock -F "$F.lock" "${nap[@]}"
	wait_for is_nap "$bg"
	(
		mark
		exec timeout 9 "$DAEMONIZE" --restart -p "$F" "${nap[@]}"
	) >/dev/null 2>"$CAP/second" </dev/null &
	local second=$!
	run_c timeout 9 "$DAEMONIZE" --stop -p "$F"
	assert_refused 75 "cannot stop: $F: another start or stop is under way"
	status=0
	wait "$second" || status=$?
	assert_status 75
	assert_content "$CAP/second" "daemonize: cannot stop: $F: another start or stop is under way"
	# These take no lock.
	for verb in --status --signal=USR1 --reload; do
		run_d "$verb" -p "$F"
		assert_status 0
	done
	assert_equal "$(heard "$pid")" "1 10" "what it got"
	assert_equal "$(names "$T/run")" "pid pid.id pid.lock"
}

# Signals.

@test "--signal sends just that, by any of its names; --reload is HUP" {
	local row name number want=
	deaf sigblock
	for row in --reload:1 2:2 QUIT:3 quit:3 IOT:6 USR1:10 SIGUSR2:12 sigalrm:14 \
		TERM:15 STKFLT:16 Chld:17 cld:17 CONT:18 TSTP:20 28:28 SIGIO:29 \
		SIGPOLL:29 pwr:30 SYS:31 RTMAX-2:62 \
		sigrtmax-1:63 RTMAX:64; do
		echo "$row"
		name=${row%:*} number=${row#*:}
		[[ $name == --* ]] || name=--signal=$name
		run_d "$name" -p "$F"
		assert_status 0
		assert_silent
		# A TSTP takes away a CONT that waits.
		[[ $number != 20 ]] || want=${want/ 18/}
		[[ " $want " == *" $number "* ]] || want="$want $number"
		assert_equal "$(heard "$pid")" "${want# }" "$row: what it got"
	done
	run_d --signal RTMIN -p "$F"
	assert_status 0
	assert_match "$(heard "$pid")" ' 3[45] '
	run_d --signal=STOP -p "$F"
	assert_status 0
	wait_for is_in_state "$pid" T
	run_d --signal=CONT -p "$F"
	wait_for is_in_state "$pid" S
	run_d --signal=KILL -p "$F"
	assert_status 0
	wait_gone "$pid"
	# A signal is no --stop.
	assert_equal "$(names "$T/run")" "pid pid.id"
}

@test "--reload and --signal of what is not running: 7" {
	local verb where
	daemon
	kill -KILL "$pid"
	wait_gone "$pid"
	: >"$T/regular"
	for where in "$F" "$T/run/other" "$T/none/pid" "$T/regular/pid"; do
		for verb in --reload --signal=TERM; do
			echo "$verb $where"
			run_d "$verb" -p "$where"
			assert_refused 7 "cannot signal: $where: it is not running"
			run_d -q "$verb" -p "$where"
			assert_status 7
		done
	done
	assert_equal "$(names "$T/run")" "pid pid.id"
}

# Restart.

@test "--restart: another process, the same pidfile, by the given command line" {
	local old
	daemon
	old=$pid
	run_d --restart -p "$F" -E MARK=new "${nap[@]}"
	assert_status 0
	assert_silent
	refute_alive "$old"
	pid=$(cat "$F")
	[[ $pid != "$old" ]] || fail "the same process"
	assert_alive "$pid"
	wait_for is_nap "$pid"
	tr '\0' '\n' <"/proc/$pid/environ" | grep -qx MARK=new
	assert_equal "$(names "$T/run")" "pid pid.id"
	run_d --status -p "$F"
	assert_status 0
	assert_match "$out" "process $pid,"
}

@test "--restart starts it when nothing ran, and when it had died" {
	run_d --restart -p "$F" "${nap[@]}"
	assert_status 0
	assert_silent
	pid=$(cat "$F")
	assert_alive "$pid"
	wait_for is_nap "$pid"
	kill -KILL "$pid"
	wait_gone "$pid"
	run_d --restart -p "$F" "${nap[@]}"
	assert_status 0
	assert_silent
	assert_alive "$(cat "$F")"
}

# survives STATUS ARGUMENT...: a restart that is refused, and stops nothing.
survives() {
	echo "$*"
	run_d --restart -p "$F" "${@:2}"
	assert_refused "$1" 'cannot ' || return 1
	assert_alive "$pid" || return 1
	assert_content "$F" "$pid"
}

@test "--restart by a command line that is wrong stops nothing" {
	daemon
	: >"$T/plain"
	survives 127 "$T/none"
	survives 127 no-such-program-anywhere
	survives 126 "$T/plain"
	survives 126 "$T"
	survives 67 -u nosuchuser "${nap[@]}"
	survives 66 --env-file="$T/none" "${nap[@]}"
	survives 64 --umask=9 "${nap[@]}"
	# A name of the pidfile's, however it is spelt.
	ln -s run "$T/link"
	for name in ./pid ../run/.pid.daemonize ../link/pid.id; do
		survives 64 -o "$T/run/$name" "${nap[@]}"
		survives 64 --listen="$T/run/$name" "${nap[@]}"
	done
	survives 64 -l "$T//run/pid.lock" "${nap[@]}"
	run_d --status -p "$F"
	assert_status 0
	assert_match "$out" "process $pid,"
}

@test "a system call that fails as a pidfile is read is 71, not a lack of trust" {
	needprogram strace
	daemon
	local name
	name=$(printf 'n%.0s' {1..257})
	run_c sh -c 'ulimit -n 4 && exec "$@"' sh "$DAEMONIZE" --signal=CONT -p "$F"
	assert_refused 71 'cannot believe pidfile: .*: (Too many open files|No file descriptors available)'
	run_d --stop -p "$T/run/$name"
	assert_refused 71 'cannot believe pidfile: .*: File ?name too long'
	run_c strace -qq -o "$CAP/strace" -P "$F" -P pid -e inject=read:error=EIO \
		"$DAEMONIZE" -p "$F" "${nap[@]}"
	grep -q INJECTED "$CAP/strace" || fail 'nothing was injected'
	assert_refused 71 "cannot start: $F: (Input/output|I/O) error"
	assert_alive "$pid"
}

@test "--restart of what a path is in the way of stops nothing" {
	local name
	daemon
	: >"$T/plain"
	chmod 600 "$T/plain"
	ln -s plain "$T/link"
	ln "$T/plain" "$T/hard"
	mkdir "$T/dir"
	for name in "$T/none" "$T/plain"; do
		survives 66 -c "$name" "${nap[@]}"
		survives 73 -o "$name/log" "${nap[@]}"
		survives 73 -L "$name/log" "${nap[@]}"
		survives 73 -l "$name/lock" "${nap[@]}"
		survives 66 -i "$name/in" "${nap[@]}"
	done
	survives 66 -i "$T/none" "${nap[@]}"
	survives 77 -o "$T/link" "${nap[@]}"
	survives 77 -e "$T/hard" "${nap[@]}"
	survives 73 -e "$T/dir" "${nap[@]}"
	assert_equal "$(names "$T/dir")" ''
	# What is made by the start is not missed.
	start --restart -p "$F" -c "$T/dir" -i "$T/plain" -o "$T/out" -l "$T/lock" \
		-e /dev/full "${nap[@]}"
	refute_alive "$pid"
}

@test "--restart by root of what a path is in the way of stops nothing" {
	needroot
	daemon
	: >"$T/theirs"
	chown nobody "$T/theirs"
	mkdir -m 700 "$T/root" "$T/root/dir" "$T/private"
	mkdir -p "$T/user/below"
	cp "$HELPERS/static" "$T/root/"
	chown nobody "$T/user"
	survives 77 -L "$T/theirs" "${nap[@]}"
	survives 77 -o "$T/user/below/log" "${nap[@]}"
	survives 77 -l "$T/user/lock" "${nap[@]}"
	survives 66 -r "$T/none" "${nap[@]}"
	survives 77 -r "$T/user" "${nap[@]}"
	survives 66 -r "$T/root" -c /none /static
	survives 66 -u nobody -c "$T/private" "${nap[@]}"
	chown nobody "$T/private"
	survives 66 --caps= -c "$T/private" "${nap[@]}"
	start --restart -p "$F" -u nobody -L "$T/theirs" "${nap[@]}"
	start --stop -p "$F"
	# The pidfile's directory, by the new user's rights.
	F=$T/user/pid
	start -u nobody -p "$F" "${nap[@]}"
	pid=$(cat "$F")
	survives 77 "${nap[@]}"
	survives 77 -u daemon "${nap[@]}"
	start --restart -p "$F" -u nobody "${nap[@]}"
	refute_alive "$pid"
}

@test "--restart with a lockfile that the start would refuse stops nothing" {
	needroot
	movable_places
	daemon
	echo keep >"$T/loose"
	survives 77 -l "$T/loose" "${nap[@]}"
	install -m 600 "$T/loose" "$T/sticky/lock"
	survives 77 -l "$T/sticky/lock" -u nobody "${nap[@]}"
	# One of root's, who alone can change its mode.
	: >"$T/empty"
	start --stop -p "$F"
	chown nobody "$T/run"
	as_nobody -p "$F" "${nap[@]}"
	pid=$(cat "$F")
	as_nobody --restart -p "$F" -l "$T/empty" "${nap[@]}"
	assert_refused 77 "cannot lock file: $T/empty: unsafe: other users can open"
	assert_alive "$pid"
	as_nobody --stop -p "$F"
	# What the start takes, and what the daemon itself holds.
	chown root "$T/run"
	daemon
	start --restart -p "$F" -l "$T/empty" "${nap[@]}"
	assert_stat %a "$T/empty" 600
	echo keep >"$T/empty"
	start --restart -p "$F" -l "$T/empty" "${nap[@]}"
	refute_alive "$pid"
}

@test "an output that can only be appended to is refused at once where it is truncated" {
	needroot
	needprogram chattr unshare
	local answer words
	daemon
	# In a file system of its own: what is left could not be removed.
	cat >"$T/try" <<-'END'
		mount -t tmpfs -o mode=755 none "$1" && cd "$1" || exit
		echo old >log
		touch empty
		chattr +a log empty || exit 99
		shift
		"$@"
		status=$?
		cat log
		exit $status
	END
	mkdir "$T/own"
	words=': cannot open output: log: it can only be appended to: use --append'
	for answer in "--restart -p $F -o log" "--restart -p $F -e log" \
		"-v -o log -e log" "-v -u nobody -e log"; do
		# shellcheck disable=SC2086 # words
		run_c unshare -m sh "$T/try" "$T/own" "$DAEMONIZE" $answer \
			"${nap[@]}"
		((status != 99)) || skip "kernel: no such attribute on a tmpfs"
		assert_status 77 || fail "$answer"
		assert_equal "$out" old
		assert_match "$err" "$words" || fail "$answer"
		[[ $err != *fork* ]] || fail "$answer: it came to the fork"
		assert_alive "$pid" || fail "$answer"
	done
	# Nothing is lost of what is empty, or is appended to.
	for answer in "-a -o log" "-L log" "-o empty" "--restart -p $F -L log"; do
		# shellcheck disable=SC2086 # words
		run_c unshare -m sh "$T/try" "$T/own" "$DAEMONIZE" $answer \
			sh -c 'echo new; exec "$@"' sh "${nap[@]}"
		assert_status 0 || fail "$answer"
	done
}

@test "--restart: descriptors of the caller that are a program or a directory" {
	needroot
	daemon
	: >"$T/plain"
	run_c sh -c 'exec "$@" 9<"$0"' "$T/plain" "$DAEMONIZE" --restart -p "$F" \
		--keep-fd=9 /dev/fd/9
	assert_refused 126 'cannot execute: /dev/fd/9: '
	assert_alive "$pid"
	echo garbage >"$T/plain"
	chmod 755 "$T/plain"
	run_c sh -c 'exec "$@" 9<"$0"' "$T/plain" "$DAEMONIZE" --restart -p "$F" \
		--keep-fd=9 /dev/fd/9
	assert_refused 126 'cannot execute: /dev/fd/9: neither a binary'
	assert_alive "$pid"
	run_c sh -c 'exec "$@" 9<"$0"' "$T" "$DAEMONIZE" --restart -p "$F" \
		-u nobody -c /dev/fd/9 "${nap[@]}"
	assert_status 0
	refute_alive "$pid"
	pid=$(cat "$F")
	run_c sh -c 'exec "$@" 9<"$0"' "$T/run" "$DAEMONIZE" --restart \
		-p /dev/fd/9/pid "${nap[@]}"
	assert_status 0
	refute_alive "$pid"
}

@test "--restart by a user of what a path is in the way of stops nothing" {
	needroot
	chown nobody "$T/run"
	mkdir "$T/closed"
	as_nobody -p "$F" "${nap[@]}"
	assert_status 0
	pid=$(cat "$F")
	while read -r answer args; do
		# shellcheck disable=SC2086 # words
		as_nobody --restart -p "$F" $args "${nap[@]}"
		assert_refused "$answer" 'cannot ' || fail "$args"
		assert_alive "$pid" || fail "$args"
	done <<-END
		77 -r /
		73 -l $T/closed/lock
		73 -o $T/closed/log
	END
}

@test "--restart by who may write whatever a mode says, and cannot be told so" {
	needroot
	needprogram setpriv strace
	chown nobody "$T/run"
	: >"$T/run/log"
	chmod 400 "$T/run/log"
	chown nobody "$T/run/log"
	as_nobody -p "$F" "${nap[@]}"
	assert_status 0
	pid=$(cat "$F")
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=+dac_override --ambient-caps=+dac_override \
		strace -f -b execve -qq -o "$CAP/strace" -e trace=faccessat2 \
		-e inject=faccessat2:error=ENOSYS \
		"$DAEMONIZE" --restart -p "$F" -L "$T/run/log" "${nap[@]}"
	assert_status 0
	refute_alive "$pid"
	grep -q INJECTED "$CAP/strace" || fail "nothing was"
}

@test "--restart -n before there is a run directory: what lies in it is not missed" {
	namespace
	in_it sh -c 'rmdir "$1"; ! [ -e "$1" ]' sh "$rundir"
	assert_status 0
	dz --restart -n first -o "$rundir/first.log" -l "$rundir/lock" -c "$rundir" \
		"${nap[@]}"
	assert_status 0
	dz --status -n first
	assert_status 0
}

@test "--restart finds a script's relative interpreter in the daemon's directory" {
	mkdir "$T/here" "$T/there"
	: >"$T/here/tool"
	cp /bin/sh "$T/there/tool"
	printf '#!tool\nexec %s\n' "${nap[*]}" | executable "$T/script"
	daemon
	cd "$T/here"
	survives 126 -c "$T/here" "$T/script"
	start --restart -p "$F" -c "$T/there" "$T/script"
	refute_alive "$pid"
}

@test "--restart with an output that --ready=log could not read stops nothing" {
	daemon
	mkfifo "$T/fifo"
	for output in /dev/null /dev/stdout "$T/fifo"; do
		survives 73 -o "$output" -w log:x "${nap[@]}"
	done
	# One of both will do.
	start --restart -p "$F" -o "$T/out" -e /dev/null -w log:ready -t 10 \
		sh -c "echo ready; exec ${nap[*]}"
	start --restart -p "$F" -o /dev/null -e "$T/err" -w log:ready -t 10 \
		sh -c "echo ready >&2; exec ${nap[*]}"
}

@test "--restart with a log that its caller may not read stops nothing" {
	needroot
	local file caps=+setuid,+setgid,+chown,+fowner,+kill,+setpcap
	mkdir "$T/theirs"
	chown 65534 "$T/theirs"
	F=$T/theirs/pid
	as_nobody -p "$F" "${nap[@]}"
	assert_status 0
	pid=$(cat "$F")
	install -o 65534 -m 0200 /dev/null "$T/theirs/old"
	for file in old new; do
		as_nobody --restart -p "$F" -L "$T/theirs/$file" --log-mode=0200 \
			-w log:x "${nap[@]}"
		assert_refused 73 'cannot get ready: log:x: no output of it is a file'
		assert_alive "$pid"
		assert_content "$F" "$pid"
	done
	refute_exists "$T/theirs/new"
	as_nobody --restart -p "$F" -L "$T/theirs/new" -w log:ready -t 10 \
		sh -c "echo ready; exec ${nap[*]}"
	assert_status 0
	as_nobody --stop -p "$F"
	# Another's, as one of the rest.
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps="$caps" --ambient-caps="$caps" "$(own "$DAEMONIZE")" \
		-u 65533:65533 -L "$T/theirs/rest" --log-mode=0244 -w log:ready \
		-t 10 sh -c "echo ready; exec ${nap[*]}"
	assert_status 0
	# Root may read any, and whoever has the capability.
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=+dac_read_search --ambient-caps=+dac_read_search \
		"$(own "$DAEMONIZE")" -L "$T/theirs/any" --log-mode=0200 \
		-w log:ready -t 10 sh -c "echo ready; exec ${nap[*]}"
	assert_status 0
	start -p "$T/run/pid" -L "$T/new" --log-mode=0200 -w log:ready -t 10 \
		sh -c "echo ready; exec ${nap[*]}"
}

@test "--restart of what cannot be executed stops nothing" {
	daemon
	printf 'no interpreter\n' >"$T/text"
	printf '#!/no/such/interpreter\n' >"$T/lost"
	: >"$T/empty"
	printf '\177ELF\001' >"$T/mark"
	chmod 755 "$T/text" "$T/lost" "$T/empty" "$T/mark"
	survives 126 "$T/mark"
	survives 126 "$T/text"
	survives 126 "$T/lost"
	survives 126 "$T/empty"
}

@test "--restart of a program that the daemon itself has open for writing" {
	# as scripts do that lock themselves
	executable "$T/own" <<-END
		#!/bin/sh
		exec 9>>"\$0"
		exec ${nap[*]}
	END
	start -p "$F" "$T/own"
	pid=$(cat "$F")
	track "$pid"
	start --restart -p "$F" "$T/own"
	refute_alive "$pid"
	track "$(cat "$F")"
}

@test "--restart of what another user, or another root, cannot execute stops nothing" {
	needroot
	daemon
	install -m 700 "${nap[0]}" "$T/private"
	printf '#!/no/such/interpreter\n' | executable "$T/lost"
	mkdir "$T/root"
	cp "$T/lost" "$T/root/"
	survives 126 -u nobody "$T/private" 600
	survives 126 -u nobody "$T/lost"
	survives 126 -u nobody -E PATH="$T" private 600
	survives 127 -r "$T/root" "${nap[@]}"
	survives 126 -r "$T/root" -u nobody -E PATH=/ lost
	# With this, the daemon may; and a descriptor is the daemon's alone.
	start --restart -p "$F" -u nobody --caps=dac_override "$T/private" 600
	refute_alive "$pid"
	pid=$(cat "$F")
	run_c sh -c 'exec "$@" 7<"$0"' "${nap[0]}" "$DAEMONIZE" --restart \
		-p "$F" -u nobody --keep-fd=7 /dev/fd/7 600
	assert_status 0
	refute_alive "$pid"
}

@test "--restart takes what cannot be told from here for granted" {
	needroot
	mkdir -p "$T/work/bin" "$T/root"
	cp /bin/sh "$T/work/bin/relative"
	printf '#!bin/relative\nexec %s\n' "${nap[*]}" |
		executable "$T/work/script"
	local options=(-p "$F" -c "$T/work")
	start "${options[@]}" "$T/work/script"
	start --restart "${options[@]}" "$T/work/script"
	start --restart "${options[@]}" -u nobody "$T/work/script"
	# What formats the kernel knows is not to be seen in there.
	printf 'FORMAT' | executable "$T/root/format"
	run_d --restart -p "$F" -r "$T/root" /format
	assert_refused 126 'cannot execute: /format: neither a binary .*'
	refute_exists "$F"
}

@test "--restart does not wait for ever for what a file system says of the start" {
	needprogram nsenter
	hanging lookup 0
	local server=$bg args
	# Stopped before it has taken what it is asked, the kernel lets go.
	kill -STOP "$server"
	for args in "-r $T /hang/program" "-o $T/hang/log ${nap[*]}"; do
		daemon
		# shellcheck disable=SC2086 # words
		run_bg nsenter --mount --target "$server" \
			"$DAEMONIZE" --restart -p "$F" $args
		wait_gone "$pid"
		# The start itself hears nothing where it opens the log.
		if [[ $args == -o* ]]; then
			kill -KILL "$server"
		else
			kill -TERM "$bg"
		fi
		wait_gone "$bg"
	done
}

@test "of restarts that race each other one daemon is left, and it is known" {
	local p n=0 statuses=()
	daemon
	for _ in {1..8}; do
		(
			mark
			exec "$DAEMONIZE" --restart -p "$F" "${nap[@]}"
		) >/dev/null 2>&1 </dev/null &
		statuses+=($!)
	done
	for p in "${statuses[@]}"; do
		status=0
		wait "$p" || status=$?
		[[ $status == 0 || $status == 75 ]] || fail "status $status"
		((status != 0)) || n=$((n + 1))
	done
	((n > 0)) || fail "none has succeeded"
	assert_equal "$(find /proc -mindepth 2 -maxdepth 2 -name exe \
		-lname "${nap[0]}" 2>/dev/null | cut -d / -f 3)" "$(cat "$F")" daemons
	assert_equal "$(names "$T/run")" "pid pid.id"
}

# Names.

# namespace: a machine's run directory of our own; in_it runs there.
namespace() {
	needroot
	needprogram nsenter unshare
	run_d -x -n x "${nap[@]}"
	rundir=$(sed -n 's/.*create run directory: //p' <<<"$out")
	run_bg unshare -m --propagation private sh -c \
		'mount -t tmpfs -o mode=755 tmpfs "${1%/*}" && : >"$2" && exec sleep 600' sh \
		"$rundir" "$CAP/mounted"
	wait_for test -e "$CAP/mounted"
	ns=$bg
}

in_it() { run_c nsenter -t "$ns" -m -- "$@"; }

dz() { in_it "$DAEMONIZE" "$@"; }

list_is() {
	dz --list
	assert_status 0
	assert_err ''
	assert_equal "$(awk '{ print $1, $2 ($2 == "not" ? " " $3 : "") }' <<<"$out" |
		xargs)" "NAME STATE${1:+ }$1" "the list"
}

@test "-n: root's run directory is made, 0755, whatever the umask" {
	local mask
	namespace
	for mask in 000 077; do
		in_it rm -rf "$rundir"
		umask "$mask"
		dz -n "one-$mask" "${nap[@]}"
		umask 022
		assert_status 0
		assert_silent
		in_it stat -c '%a %U:%G' "$rundir"
		assert_out '755 root:root'
		in_it stat -c '%n %a %U:%G' "$rundir/one-$mask" "$rundir/one-$mask.id"
		assert_out "$rundir/one-$mask 644 root:root
$rundir/one-$mask.id 644 root:root"
		dz -n "one-$mask" "${nap[@]}"
		assert_refused 75 ".*one-$mask: already running"
		dz --status -n "one-$mask"
		assert_status 0
		assert_match "$out" "^one-$mask: running \(process "
		dz --stop -n "one-$mask"
		assert_status 0
		assert_silent
		in_it ls -A "$rundir"
		assert_out ''
	done
	dz --stop -n "none"
	assert_status 0
	assert_message "not running: none\$"
	dz --reload -n "none"
	assert_refused 7 "cannot signal: none: it is not running"
}

@test "-n: what is in the way of the run directory, or unsafe, is refused" {
	namespace
	in_it sh -c ': >"$1"' sh "$rundir"
	dz -n one "${nap[@]}"
	assert_refused 73 "cannot create run directory: $rundir: Not a directory\$"
	dz --list
	assert_refused 71 "cannot list: $rundir: Not a directory"
	in_it rm "$rundir"
	in_it mkdir -m 777 "$rundir"
	in_it chmod 777 "$rundir"
	dz -n one "${nap[@]}"
	assert_refused 77 'cannot lock pidfile: .*unsafe: other users can change a directory on the way'
	dz --status -n one
	assert_status 4
	assert_no_nap
}

assert_no_nap() {
	assert_equal "$(find /proc -mindepth 2 -maxdepth 2 -name exe \
		-lname "${nap[0]}" 2>/dev/null)" "" daemons
}

# user_start HOME STATE: an ordinary user's daemon `mine`.
user() {
	local home=$1 state=$2
	shift 2
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		env HOME="$home" ${state:+XDG_STATE_HOME="$state"} \
		"$(own "$DAEMONIZE")" "$@"
}

@test "-n and --list where nothing says where a home is: 66, and why" {
	local row why='XDG_STATE_HOME, HOME and the passwd entry give no absolute path'
	needroot
	for row in '-n x true' '--stop -n x' --list; do
		# shellcheck disable=SC2086 # words
		run_c setpriv --reuid=12345 --regid=12345 --clear-groups \
			env -i HOME=relative "$(own "$DAEMONIZE")" $row
		assert_refused 66 "cannot (resolve path: x|list): $why$"
	done
	run_c setpriv --reuid=12345 --regid=12345 --clear-groups \
		env -i "$(own "$DAEMONIZE")" --status -n x
	assert_status 4
	assert_out "x: unknown: $why"
}

@test "-n: without a HOME that is absolute, what the database has counts" {
	local home
	needroot
	# nobody has none.
	mkdir "$T/home"
	chown nobody "$T/home"
	cd "$T/home"
	for home in relative ''; do
		run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
			env -u HOME ${home:+HOME="$home"} \
			"$(own "$DAEMONIZE")" -n mine "${nap[@]}"
		assert_refused 73 'cannot create run directory: (/.*: .*|No such file or directory)$' ||
			fail "${home@Q}"
		assert_equal "$(names "$T/home")" '' files
	done
}

@test "-n: an ordinary user's are in his state directory, 0700, by host" {
	local row home state='' dir
	needroot
	for row in "$T/home|$T/state|$T/state" "$T/home||$T/home/.local/state" \
		"$T/home|relative/state|$T/home/.local/state"; do
		echo "$row"
		IFS='|' read -r home state dir <<<"$row"
		rm -rf "${T:?}/home" "${T:?}/state"
		mkdir "$T/home" "$T/state"
		chown nobody "$T/home" "$T/state"
		cd "$T/home"
		umask 000
		user "$home" "$state" -n mine "${nap[@]}"
		umask 022
		assert_status 0
		assert_silent
		pid=$(cat "$dir/daemonize/$(uname -n)/mine")
		assert_alive "$pid"
		assert_stat '%a %U' "$dir/daemonize" '700 nobody'
		assert_stat '%a %U' "$dir/daemonize/$(uname -n)" '700 nobody'
		[[ -z $state || $state == /* ]] || refute_exists "$T/home/relative"
		user "$home" "$state" --list
		assert_status 0
		assert_line_count 2 out
		assert_match "$out" "mine +running +$pid "
		user "$home" "$state" --stop -n mine
		assert_status 0
		assert_silent
		refute_alive "$pid"
		assert_equal "$(names "$dir/daemonize/$(uname -n)")" ""
	done
}

@test "--list: empty without a run directory, and in an empty one" {
	namespace
	in_it rmdir "$rundir"
	list_is ''
	dz --list --json
	assert_status 0
	assert_out '[]'
	in_it sh -c 'test ! -e "$1"' sh "$rundir"
	assert_status 0
	in_it mkdir "$rundir"
	list_is ''
	dz --list --json
	assert_out '[]'
}

@test "a program's name with control characters: escaped in JSON, ? in a text" {
	local program=$T/$'a\tb\n\e'
	needprogram python3
	cp "$(own "$(type -P sleep)")" "$program"
	namespace
	dz -n one "$program" 100
	assert_status 0
	dz --status --json -n one
	assert_equal "$(json program)" '"a\tb\n\u001b"'
	dz --list --json
	assert_match "$out" '"program":"a\\u0009b\\u000a\\u001b"'
	dz --status -n one
	assert_match "$out" ', a\?b\?\?, '
	dz --list
	assert_match "$out" ' a\?b\?\?$'
}

@test "--list: each daemon once, by its name, whatever lies between its files" {
	namespace
	in_it sh -c 'mkdir -p -m 755 "$1" && cd "$1" || exit; for name in b a-b a+b a a.b a.i ab B; do
		: >"$name" && : >"$name.id" || exit; done; rm a.b a.i.id' sh "$rundir"
	assert_status 0
	list_is "$(printf '%s not running ' B a a-b a.b a.i ab b | xargs)"
}

@test "--list: how long it has run, in two units" {
	local since later uptime
	namespace
	# what time(2) says, for once
	echo '#include <stdlib.h>
		#include <time.h>
		time_t time(time_t *t) { (void)t; return atoll(getenv("NOW")); }' >"$CAP/now.c"
	cc -w -O1 -shared -fPIC -o "$CAP/now.so" "$CAP/now.c"
	dz -n run "${nap[@]}"
	assert_status 0
	dz --list --json
	since=$(sed -n 's/.*"since":\([0-9]*\).*/\1/p' <<<"$out")
	[[ -n $since ]] || fail "no time in $out"
	while read -r later uptime; do
		in_it env NOW=$((since + later)) LD_PRELOAD="$CAP/now.so" \
			"$DAEMONIZE" --list
		assert_status 0
		assert_match "$out" "run +running +[0-9]+ +$uptime +${nap[0]##*/}"
		# No wider than it has to be.
		assert_match "$out" "^NAME  STATE  .*"$'\n'"run   running  "
	done <<-'END'
		-1      0s
		0       0s
		59      59s
		60      1m00s
		3599    59m59s
		3600    1h00m
		7380    2h03m
		86399   23h59m
		86400   1d00h
		277200  3d05h
	END
}

@test "--list: aligned; the corrupt, the foreign and the dead are shown as such" {
	local name columns
	namespace
	dz -n a-very-long-name-of-a-daemon_1.2 "${nap[@]}"
	dz -n run "${nap[@]}"
	dz -n died "${nap[@]}"
	in_it cat "$rundir/died"
	kill -KILL "$out"
	wait_gone "$out"
	in_it sh -c 'cd "$1" && echo garbage >corrupt && mkdir dir && mkfifo fifo &&
		ln -s run link && ln corrupt hard && echo 1 >foreign &&
		chown nobody foreign && echo 1 >init && echo x >.hidden && : >x.lock &&
		printf "1\n" >loose && chmod 666 loose && printf "pid 1\n" >torn.id &&
		echo 4294967297 >torn' sh "$rundir"
	assert_status 0
	list_is 'a-very-long-name-of-a-daemon_1.2 running corrupt unknown died dead dir unknown fifo unknown foreign unknown hard unknown init unknown link unknown loose unknown run running torn unknown'
	# Every state begins where the heading does.
	columns=$(awk 'NR == 1 { at = index($0, "STATE"); next }
		{ n = match($0, / (running|dead|not running|unknown) /); print n + 1 - at }' <<<"$out" | sort -u)
	assert_equal "$columns" 0 "the column of the states"
	assert_match "$out" 'run +running +[0-9]+ +[0-9]+s +'"${nap[0]##*/}"
	assert_match "$out" 'link +unknown .*symbolic link'
	assert_match "$out" 'foreign +unknown .*belongs to another user'
	assert_match "$out" 'corrupt +unknown .*more than one hard link'
	dz --list --json
	assert_status 0
	assert_line_count 1 out
	assert_equal "$(python3 -SI -c 'import json, sys
for e in json.loads(sys.argv[1]):
    print(e["name"], e["state"], e["reason"] is not None, e["since"] is not None)' "$out" |
		grep -E '^(run|died|init|torn) ')" \
		"died dead False False
init unknown True False
run running False True
torn unknown True False"
	dz --status -n foreign
	assert_status 4
	for name in corrupt dir fifo foreign hard init link loose torn; do
		dz --stop -n "$name"
		assert_refused 77 'cannot '
	done
	# Nothing of that was touched.
	list_is 'a-very-long-name-of-a-daemon_1.2 running corrupt unknown died dead dir unknown fifo unknown foreign unknown hard unknown init unknown link unknown loose unknown run running torn unknown'
}

# web NAME PORT: the command line of an nginx of that name, in $line.
web() {
	local kind
	mkdir -p "$T/$1"
	{
		echo "pid $T/$1/pid; error_log /dev/null; worker_processes 2; events {} http { access_log off;"
		for kind in client_body proxy fastcgi uwsgi scgi; do
			echo "${kind}_temp_path $T/$1/$kind;"
		done
		echo "server { listen 127.0.0.1:$2; location / { return 200 $1; } } }"
	} >"$T/$1.conf"
	line=(-n "$1" "$(own "$(type -P nginx)")" -e /dev/null -c "$T/$1.conf" -g 'daemon off;')
}

says() {
	local answer
	exec 8<>"/dev/tcp/127.0.0.1/$1" || return 1
	printf 'GET / HTTP/1.0\r\n\r\n' >&8
	answer=$(cat <&8)
	exec 8>&-
	[[ $answer == *"$2" ]]
}

answers() { (says "$@") 2>/dev/null; }

workers() { pgrep -P "$1" | sort | xargs; }

two_workers() { [[ $(workers "$1") == *" "* ]]; }

# none of these workers is left, and there are two others
replaced() {
	local old new
	new=" $(workers "$1") "
	for old in $2; do
		[[ $new != *" $old "* ]] || return 1
	done
	[[ $(wc -w <<<"$new") == 2 ]]
}

@test "two nginx and a redis by name: list, stop, kill -9, start again, reload" {
	local port=$((20000 + RANDOM % 10000)) old
	needprogram nginx redis-server pgrep
	namespace
	web web1 "$port"
	dz "${line[@]}"
	assert_status 0
	web web2 $((port + 1))
	dz "${line[@]}"
	assert_status 0
	dz -n redis "$(own "$(type -P redis-server)")" --bind 127.0.0.1 \
		--port $((port + 2)) --save ''
	assert_status 0
	wait_for answers "$port" web1
	wait_for answers $((port + 1)) web2
	list_is "redis running web1 running web2 running"
	dz --stop -n web1
	assert_status 0
	assert_silent
	list_is "redis running web2 running"
	refute answers "$port" web1
	answers $((port + 1)) web2
	in_it cat "$rundir/redis"
	kill -KILL "$out"
	wait_gone "$out"
	list_is "redis dead web2 running"
	dz -n redis "$(own "$(type -P redis-server)")" --bind 127.0.0.1 \
		--port $((port + 2)) --save ''
	assert_status 0
	web web1 "$port"
	dz "${line[@]}"
	assert_status 0
	list_is "redis running web1 running web2 running"
	wait_for answers "$port" web1
	in_it cat "$rundir/web1"
	pid=$out
	wait_for two_workers "$pid"
	old=$(workers "$pid")
	sed -i 's/return 200 web1/return 200 reloaded/' "$T/web1.conf"
	dz --reload -n web1
	assert_status 0
	assert_silent
	wait_for answers "$port" reloaded
	wait_for replaced "$pid" "$old"
	in_it cat "$rundir/web1"
	assert_out "$pid"
	for name in web1 web2 redis; do
		dz --stop -n "$name"
		assert_status 0
		assert_silent
	done
	list_is ""
}
