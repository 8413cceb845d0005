#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --foreground: everything but detaching.  The process, its session and its
# descriptors 0 to 2 stay the caller's; all the rest is as clean as ever.
#
# Scripts for sh; $status and the like; $REPORT:
# shellcheck disable=SC2016,SC2154,SC2030,SC2031

load lib/common

setup() {
	setup_dir
	probe_setup
	known=(env -i HOME=/h DZ_TEST_MARK="$T")
}

# The report of a program in the foreground, and of the probe alone in its
# place, $T/direct.
alone() {
	run_c "${known[@]}" "$PROBE" "$T/direct"
	f "${known[@]}" "$DAEMONIZE" -f
}

# f COMMAND...: which ends in ours and its options.
f() {
	rm -f "$REPORT"
	run_c "$@" "$PROBE" "$REPORT"
	assert_status 0 || return 1
	assert_exists "$REPORT"
}

# What must be different from what the caller would have executed himself.
changes() {
	diff <(grep -Ev '^(pid|ppid|pgid|argv.1)=' "$1") \
		<(grep -Ev '^(pid|ppid|pgid|argv.1)=' "$2") | grep '^[<>]'
	return 0
}

@test "the process stays the same, and is the program" {
	run_c sh -c 'echo $$; exec "$@"' sh "$DAEMONIZE" -f "$PROBE" "$REPORT"
	assert_status 0
	assert_report pid "$out"
}

@test "it makes no process, no session and no process group" {
	needprogram strace
	run_c strace -f -o "$T/strace" -e trace=process,setsid,setpgid,prctl \
		"$DAEMONIZE" -f -p "$T/pid" -o "$T/out" "$PROBE" "$REPORT"
	assert_status 0
	grep -q execve "$T/strace" || fail "nothing was traced"
	refute grep -Eq \
		'(fork|clone3?|setsid|setpgid)\(|SET_CHILD_SUBREAPER' "$T/strace"
	assert_equal "$(cut -d ' ' -f 1 "$T/strace" | sort -u | wc -l)" 1 \
		"processes"
}

@test "session, process group, parent and terminal stay the caller's" {
	local key
	for key in pgid sid ppid tty tty.opens session_leader; do
		run_c "$HELPERS/pty" sh -c '
			sh -c "exec \"\$@\"" sh "$1" "$2"
			sh -c "exec \"\$@\"" sh "$3" -f "$1" "$4"
			exit $?' sh "$PROBE" "$T/direct" "$DAEMONIZE" "$REPORT"
		assert_status 0
		assert_report "$key" "$(REPORT=$T/direct report_value "$key")"
	done
	assert_match "$(report_value tty)" ^pts/
	assert_report tty.opens 1
}

@test "a terminal as an output does not become its controlling terminal" {
	needprogram python3
	f python3 -c '
import os, sys
master, slave = os.openpty()
os.setsid()
os.set_inheritable(master, True)
name = os.ttyname(slave)
os.execv(sys.argv[1], [sys.argv[1], "-f", "-o", name, "--stdin", name,
    "--keep-fd=%d" % master, *sys.argv[2:]])' "$DAEMONIZE"
	assert_report session_leader 1
	assert_match "$(report_value fd.1)" '^/dev/pts/[0-9]+ access=w '
	assert_report tty none
	assert_report tty.opens 0
}

@test "with a clean caller directory, umask and PATH are all that changes" {
	cd "$T"
	umask 027
	alone
	# make(1) ignores libc's two real-time signals, and we do not.
	changes "$T/direct" "$REPORT" | sed '/ sig.ignored=/d' >"$CAP/changes"
	assert_content "$CAP/changes" "< umask=0027
< cwd=$T
> umask=0022
> cwd=/
> env=PATH=$( ((EUID == 0)) &&
	printf /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ||
	printf /usr/local/bin:/usr/bin:/bin)"
}

@test "with the worst caller the rest is as clean as ever" {
	local word words=(env:all path-unset umask:0777 itimer sigign sigblock
		sigchld-ign pending:CHLD fds:500 deadcwd)
	((EUID != 0)) || words+=(inheritable-caps ambient-caps)
	alone
	report_plain "$REPORT" >"$T/clean"
	f "${known[@]}" "$HELPERS/dirty" "${words[@]}" -- "$DAEMONIZE" -f
	diff "$T/clean" <(report_plain "$REPORT") | grep '^[<>]' |
		sort >"$T/changes" || :
	assert_content "$T/changes" "> env=NOTIFY_SOCKET=/nonexistent
> env=TERM=junk
> env=WATCHDOG_PID=1
> env=WATCHDOG_USEC=1
> env=XDG_RUNTIME_DIR=/nonexistent"
	# and each alone
	for word in "${words[@]}"; do
		[[ $word != env:all ]] || continue
		f "${known[@]}" "$HELPERS/dirty" "$word" -- "$DAEMONIZE" -f
		diff "$T/clean" <(report_plain "$REPORT") >&2 || fail "$word"
	done
}

@test "a signal that the caller held back neither ends it nor is the program's" {
	local signal
	for signal in TERM CHLD 33; do
		f "$HELPERS/dirty" "pending:$signal" -- "$DAEMONIZE" -f
		assert_report sig.pending 0000000000000000
	done
	# whichever it is, and from the output on it would be too late
	for ((signal = 1; signal <= 64; signal++)); do
		((signal != 9 && signal != 19)) || continue
		echo old >"$T/old"
		run_c "$HELPERS/dirty" "pending:$signal" -- "$DAEMONIZE" -f \
			-p "$T/pid" -o "$T/old" echo ran
		assert_status 0 || fail "signal $signal"
		assert_content "$T/old" ran
		rm "$T/pid" "$T/pid.id"
	done
}

@test "a signal that the caller ignores does not end it on the way" {
	needprogram strace
	run_bg strace -o "$T/trace" -e trace=umask,execve \
		-e inject=umask:delay_enter=500000:when=2 \
		sh -c 'trap "" HUP; exec "$@"' sh "$DAEMONIZE" -f -p "$T/pid" \
		-o "$T/out" echo ran
	# between its two calls
	wait_for has_line "$T/trace" '^umask\(022'
	wait_for not_empty "$T/pid"
	kill -HUP "$(cat "$T/pid")"
	wait_gone "$bg"
	assert_content "$T/out" ran
}

@test "0, 1 and 2 pass as they are" {
	echo in >"$T/in"
	run_c sh -c 'exec "$@" <"$0/in" >>"$0/out" 2>"$0/err"' "$T" \
		"$PROBE" "$T/direct"
	run_c sh -c 'exec "$@" <"$0/in" >>"$0/out" 2>"$0/err"' "$T" \
		"$DAEMONIZE" -f "$PROBE" "$REPORT"
	assert_equal "$(report_lines fd.)" "$(grep '^fd.' "$T/direct")" \
		descriptors
	assert_match "$(report_value fd.1)" "^$T/out access=w append=1 "
	run_c sh -c 'echo text | "$@" | cat' sh "$DAEMONIZE" -f cat
	assert_out text
	run_d -f sh -c 'echo to stdout; echo to stderr >&2'
	assert_out 'to stdout'
	assert_err 'to stderr'
}

@test "what the caller has closed of them is /dev/null" {
	local closed fd
	for closed in 0 1 2 0,1 0,2 1,2 0,1,2; do
		f "$HELPERS/dirty" closed:"$closed" -- "$DAEMONIZE" -f \
			-p "$T/pid" -l "$T/lock"
		assert_equal "$(report_lines fd. | grep -c '^fd.[012]=')" 3
		assert_equal "$(report_lines fd. | grep -vc "=$T/lock ")" 3
		for fd in ${closed//,/ }; do
			assert_match "$(report_value "fd.$fd")" \
				'^/dev/null access=rw .*cloexec=0$'
		done
	done
}

@test "options name other inputs and outputs, one by one" {
	echo text >"$T/in"
	run_d -f -i "$T/in" cat
	assert_out text
	run_d -f -o "$T/out" sh -c 'echo 1; echo 2 >&2'
	assert_out ''
	assert_err 2
	assert_content "$T/out" 1
	run_d -f -e "$T/err" sh -c 'echo 1; echo 2 >&2'
	assert_out 1
	assert_err ''
	assert_content "$T/err" 2
	run_d -f -L "$T/out" sh -c 'echo 3; echo 4 >&2'
	assert_silent
	assert_content "$T/out" $'1\n3\n4'
	run_d -f -o "$T/out" -i /dev/null cat
	assert_content "$T/out" ''
	f "$HELPERS/dirty" fds:300 -- "$DAEMONIZE" -f -i "$T/in" -L "$T/out"
	assert_equal "$(report_lines fd. | cut -d ' ' -f 1-3 | xargs)" \
		"fd.0=$T/in access=r append=0 fd.1=$T/out access=w append=1 fd.2=$T/out access=w append=1"
}

@test "kept descriptors pass, others do not" {
	run_c bash -c 'exec 3</dev/null 5</dev/zero 900</dev/null; exec "$@"' \
		bash "$DAEMONIZE" -f -e "$T/err" --keep-fd=5 "$PROBE" "$REPORT"
	assert_status 0
	assert_equal "$(report_lines fd. | grep -o '^fd.[0-9]*' | xargs)" \
		"fd.0 fd.1 fd.2 fd.5"
}

@test "without close_range(2) others do not pass, either" {
	needprogram strace
	f strace -f --seccomp-bpf -o "$T/strace" -e trace=close_range \
		-e inject=close_range:error=ENOSYS \
		"$HELPERS/dirty" fds:500 -- "$DAEMONIZE" -f -p "$T/pid" \
		-e "$T/err"
	grep -q INJECTED "$T/strace" || fail "nothing was injected"
	assert_equal "$(report_lines fd. | grep -o '^fd.[0-9]*' | xargs)" \
		"fd.0 fd.1 fd.2"
}

@test "the exit status is the program's" {
	run_d -f sh -c 'exit 7'
	assert_status 7
	assert_silent
	run_d -f sh -c 'kill -TERM $$'
	assert_status 143
	run_d -f true
	assert_status 0
}

@test "a failure says so on the caller's standard error, whatever --stderr is" {
	local want options
	mkdir "$T/dir"
	echo plain | tee "$T/plain" >"$T/old"
	echo text >"$T/text"
	printf '#!/nonexistent/sh\n' >"$T/script"
	chmod 755 "$T/text" "$T/script"
	snapshot "$T"
	while read -r want options; do
		# shellcheck disable=SC2086 # words
		run_d -f -e "$T/err" -o "$T/old" -p "$T/pid" -l "$T/lock" $options
		assert_refused "$want" 'cannot ' || fail "$options"
		assert_nothing_left "$T" || fail "$options"
		# shellcheck disable=SC2086
		run_d -f -L "$T/log" -p "$T/pid" $options
		assert_refused "$want" 'cannot ' || fail "-L: $options"
		assert_nothing_left "$T" || fail "-L: $options"
	done <<-END
		127 no-such-program
		127 $T/none
		126 $T/plain
		126 $T/dir
		126 $T/text
		126 $T/script
		66  -c $T/none true
		66  -i $T/none true
		66  --env-file=$T/none true
		64  --keep-fd=99 true
		67  -u no-such-user true
	END
	run_d -f -e "$T/none/err" true
	assert_refused 73 'cannot open output: '
	run_d -f -p "$T/none/pid" true
	assert_refused 73 'cannot '
}

@test "an exec that fails in the end says so there, too" {
	needprogram strace
	echo old >"$T/old"
	snapshot "$T"
	run_c strace -o "$CAP/strace" -e trace=execve \
		-e inject=execve:error=ENOMEM:when=1 \
		"$DAEMONIZE" -f -p "$T/pid" -a -o "$T/old" -e "$T/new" true
	assert_refused 126 'cannot execute: true: (Cannot allocate|Out of) memory'
	assert_nothing_left "$T"
}

@test "--verbose tells the steps, without a fork, on standard error" {
	run_d -f -v -e "$T/err" -p "$T/pid" sh -c 'echo done'
	assert_out 'done'
	assert_match "$err" 'daemonize: write pidfile: '
	[[ $err != *fork* && $err != *session* ]] || fail "it forks: $err"
	assert_content "$T/err" ''
	refute grep -v '^daemonize: ' <<<"$err"
}

@test "the pidfile and the identity are the program's, the lock is gone" {
	run_bg "$DAEMONIZE" -f -p "$T/pid" "$PROBE" "$REPORT" stay
	wait_report "$REPORT"
	assert_equal "$pid" "$bg" pid
	assert_content "$T/pid" "$pid"
	assert_stat %s "$T/pid" $((${#pid} + 1))
	assert_stat %a "$T/pid" 644
	assert_stat %a "$T/pid.id" 644
	assert_equal "$(grep -c "^pid[ =:]*$pid\$" "$T/pid.id")" 1 "identity"
	grep -q "$(start_time "$pid")" "$T/pid.id"
	refute_exists "$T/pid.lock"
	assert_equal "$(find "$T" -maxdepth 1 -name '*pid*' | sort | xargs)" \
		"$T/pid $T/pid.id"
}

@test "while it runs another start is refused, afterwards it is not" {
	local mode
	run_bg "$DAEMONIZE" -f -p "$T/pid" "$PROBE" "$REPORT" stay
	wait_report "$REPORT"
	snapshot "$T"
	for mode in -f -q; do
		run_d "$mode" -p "$T/pid" "$PROBE" "$T/report/other"
		assert_refused 75 "cannot start: $T/pid: already running .*$pid"
		run_d "$mode" -p "$T/pid" --ok-if-running "$PROBE" \
			"$T/report/other"
		assert_status 0
		assert_silent
		assert_nothing_left "$T"
	done
	kill -KILL "$pid"
	wait_gone "$pid"
	for mode in -f -q; do
		start "$mode" -p "$T/pid" "$PROBE" "$T/report/other$mode"
		wait_for test -s "$T/report/other$mode"
	done
}

@test "a stale pidfile stays until its own is there, and is gone from then on" {
	mkdir "$T/run"
	run_d -p "$T/run/pid" true
	old=$(cat "$T/run/pid")
	wait_gone "$old"
	rm "$T/run/pid.id"
	run_d -f -p "$T/run/pid" -o "$T/none/log" true
	assert_refused 73 'cannot open output: '
	assert_equal "$(ls -A "$T/run") $(cat "$T/run/pid")" "pid $old"
	run_d -f -p "$T/run/pid" -c "$T/none" true
	assert_refused 66 'cannot change directory to: '
	assert_equal "$(ls -A "$T/run")" ''
}

@test "a detached daemon keeps a second one in the foreground away, too" {
	spawn_daemon_pid
	run_d -f -p "$T/pid" true
	assert_refused 75 "cannot start: $T/pid: already running .*$pid"
}

@test "the lockfile is held by the program" {
	needprogram flock
	run_bg "$DAEMONIZE" -f -l "$T/lock" "$PROBE" "$REPORT" stay
	wait_report "$REPORT"
	refute flock -n "$T/lock" true
	run_d -f -l "$T/lock" true
	assert_refused 75 'cannot lock'
	kill -KILL "$pid"
	wait_gone "$pid"
	flock -n "$T/lock" true
}

@test "signals reach the program, which is the process" {
	local sig
	run_bg "$DAEMONIZE" -f -p "$T/pid" sh -c '
		trap "echo got TERM; exit 5" TERM
		trap "echo got HUP" HUP
		echo ready
		while :; do sleep 0.01; done'
	wait_for has_line "$CAP/bg.out" ready
	kill -HUP "$bg"
	wait_for has_line "$CAP/bg.out" 'got HUP'
	kill -TERM "$bg"
	wait_for has_line "$CAP/bg.out" 'got TERM'
	status=0
	wait "$bg" || status=$?
	assert_status 5
	for sig in TERM INT HUP QUIT; do
		# a script's background job ignores INT and QUIT: we do not
		rm -f "$REPORT"
		run_bg "$DAEMONIZE" -f "$PROBE" "$REPORT" stay
		wait_report "$REPORT"
		kill -s "$sig" "$bg"
		wait_gone "$bg"
	done
}

@test "as process 1 it works: a container's entry point" {
	needroot
	needprogram unshare
	run_c unshare -fp --mount-proc "$DAEMONIZE" -f -p "$T/pid" -o "$T/out" \
		"$PROBE" "$REPORT"
	assert_status 0
	assert_silent
	assert_report pid 1
	assert_report ppid 0
	assert_content "$T/pid" 1
	run_c unshare -fp --mount-proc "$DAEMONIZE" -f sh -c 'echo $$; exit 3'
	assert_status 3
	assert_out 1
	run_c unshare -fp --mount-proc "$DAEMONIZE" -f -u nobody \
		"$PROBE" "$T/report/nobody"
	assert_status 0
	REPORT=$T/report/nobody
	assert_report pid 1
	assert_report uid "65534 65534 65534 65534"
	run_c unshare -fp --mount-proc "$DAEMONIZE" -f "$T/none"
	assert_refused 127 'cannot find program: '
}

# listening SCRIPT OPTION...: as a service manager starts it: with sockets
# from 3 on, and the variables of SCRIPT.
listening() {
	local script=$1
	shift
	rm -f "$REPORT"
	run_c bash -c 'eval "$1"; exec "${@:2}"' bash "
		exec 3</dev/null 4</dev/zero 5</dev/full
		export LISTEN_PID=\$\$ LISTEN_FDS=2 LISTEN_FDNAMES=a:b
		$script" "$DAEMONIZE" "$@" "$PROBE" "$REPORT"
	assert_status 0 || return 1
	wait_for test -s "$REPORT"
}

numbers() { report_lines fd. | sed 's/^fd.\([0-9]*\)=.*/\1/' | xargs; }

@test "a service manager's sockets pass, with the variables that name them" {
	listening '' -f
	assert_equal "$(numbers)" "0 1 2 3 4" descriptors
	assert_env LISTEN_FDS 2
	assert_env LISTEN_PID "$(report_value pid)"
	assert_env LISTEN_FDNAMES a:b
	assert_match "$(report_value fd.4)" '^/dev/zero access=r .*cloexec=0$'
	# whatever else is opened or asked for
	listening '' -f -p "$T/pid" -l "$T/lock" -L "$T/log" -i /dev/null -v
	assert_equal "$(report_lines fd. | grep -v "=$T/lock " |
		sed 's/^fd.\([0-9]*\)=.*/\1/' | xargs)" "0 1 2 3 4" descriptors
	assert_match "$(report_value fd.3)" '^/dev/null access=r '
	assert_match "$(report_value fd.4)" '^/dev/zero access=r '
	listening '' -f --keep-fd=5
	assert_equal "$(numbers)" "0 1 2 3 4 5" descriptors
	listening '' -f --keep-env
	assert_equal "$(numbers)" "0 1 2 3 4" descriptors
	assert_env LISTEN_FDS 2
	# as the caller's that are asked for
	listening '' -f -E LISTEN_FDS
	assert_equal "$(numbers)" "0 1 2 3 4" descriptors
	assert_env LISTEN_PID "$(report_value pid)"
	listening '' -f --clear-env -E LISTEN_FDS -E LISTEN_PID
	assert_equal "$(numbers)" "0 1 2 3 4" descriptors
	assert_env LISTEN_FDS 2
	# but not another number, nor without one of the two that it looks at
	listening '' -f -E LISTEN_FDS=2
	assert_equal "$(numbers)" "0 1 2" descriptors
	listening '' -f --clear-env -E LISTEN_FDS
	assert_equal "$(numbers)" "0 1 2" descriptors
	listening '' -f --clear-env -E LISTEN_PID
	assert_equal "$(numbers)" "0 1 2" descriptors
	listening '' -f -E LISTEN_PID=1
	assert_equal "$(numbers)" "0 1 2" descriptors
}

@test "a service manager's listening socket passes where others are closed for a lock" {
	needprogram python3
	run_c python3 -SIc 'import os, socket, sys
s = socket.create_server(("127.0.0.1", 0))
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])' \
		"$DAEMONIZE" -f -l "$T/lock" "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_match "$(report_value fd.3)" '^socket:'
}

@test "sockets do not pass without the variables, nor detached" {
	local script options
	while read -r script options; do
		# shellcheck disable=SC2086 # words
		listening "$script" $options
		assert_equal "$(numbers)" "0 1 2" \
			"descriptors with $script $options" || fail "$script"
		assert_equal "$(report_lines env=LISTEN_)" '' "variables"
	done <<-'END'
		: -q
		: -f --clear-env
		LISTEN_PID=1 -f
		LISTEN_PID=$PPID -f
		LISTEN_PID=0 -f
		LISTEN_PID= -f
		unset${IFS}LISTEN_PID -f
		unset${IFS}LISTEN_FDS -f
	END
}

@test "sockets that are named but not open never are descriptors of ours" {
	local count
	for count in 4 5 6 7 8 9 10 20 100 1000 2147483647 99999999999 -1 x; do
		rm -f "$REPORT"
		run_c bash -c 'eval "$1"; exec "${@:2}"' bash "
			exec 3</dev/null 4</dev/zero
			export LISTEN_PID=\$\$ LISTEN_FDS=$count" \
			"$DAEMONIZE" -f -p "$T/pid" -l "$T/lock" -o "$T/out" \
			-e "$T/err" -i /dev/null "$PROBE" "$REPORT"
		# It may be refused; but nothing of ours may come through.
		if [[ $status == 0 ]]; then
			assert_equal "$(report_lines fd. | grep -v "=$T/lock " |
				sed 's/^fd.\([0-9]*\)=.*/\1/' | xargs |
				sed 's/^0 1 2\( 3 4\)\?$/right/')" right \
				"descriptors with LISTEN_FDS=$count"
		else
			assert_line_count 1
		fi
	done
}

@test "privileges are dropped as ever" {
	needroot
	f "$DAEMONIZE" -f -u nobody -o "$T/out" -p "$T/pid"
	assert_report uid "65534 65534 65534 65534"
	assert_report gid "65534 65534 65534 65534"
	assert_report groups 65534
	assert_report cap.prm 0000000000000000
	assert_env USER nobody
	assert_stat %U "$T/pid" root
	assert_stat %U "$T/out" nobody
	assert_content "$T/pid" "$(report_value pid)"
	refute_exists "$T/pid.lock"
}

@test "a cleaner that is left behind for another user is nobody's child, and goes" {
	needroot
	run_c "$HELPERS/reaper" -g 5 -o "$T/left" "$DAEMONIZE" -f -v \
		-u nobody -p "$T/pid" sh -c 'ps -o comm= --ppid $$; exit'
	assert_status 0
	assert_out ps
	assert_match "$err" 'daemonize: leave a cleaner behind'
	refute not_empty "$T/left"
}

@test "a failure comes when what its cleaner has to remove is gone" {
	needroot
	needprogram strace
	will_be_traced
	run_c strace -f -o "$CAP/strace" -e trace=unlinkat,execve \
		-e inject=unlinkat:delay_enter=300000 \
		-e inject=execve:error=ENOMEM:when=1 \
		"$DAEMONIZE" -f -u nobody -p "$T/pid" -o "$T/log" true
	assert_refused 126 'cannot execute: true: (Cannot allocate|Out of) memory'
	has_line "$CAP/strace" '"pid", 0\) *= 0 .*DELAYED' || fail 'no cleaner'
	# Who has closed its pipe may be seen to end after us, but does nothing more.
	refute grep unlinkat <<<"$(sed '1,/exited with 126/d' "$CAP/strace")"
	assert_equal "$(names "$T")" 'bin bin/probe report' files
}

@test "a subreaper is left no cleaner: it would be the program's child" {
	needroot
	needprogram python3
	run_c python3 -SI -c '
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
os.execv(sys.argv[1], sys.argv[1:])' "$DAEMONIZE" -f -v -u nobody -p "$T/pid" \
		sh -c 'ps -o comm= --ppid $$; exit'
	assert_status 0
	assert_out ps
	refute grep cleaner <<<"$err"
}
