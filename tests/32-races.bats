#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Many starts at once, and starts that are killed or interrupted at every
# point: never two daemons, and the next start always works.
#
# shellcheck disable=SC2016,SC2154

load lib/common

setup() {
	setup_dir
	needprogram python3 pgrep
	# Not by way of a wrapper in PATH, which may be slow.
	python=$(python3 -c 'import sys; print(sys.executable)')
	F=$T/run/pid
	mkdir "$T/run"
	will_be_traced
	# The daemon: it says so if it is not the only one.  It never forks.
	cat >"$T/daemon" <<-END
		#!$(own "$(type -P sh)")
		exec "$(own "$(type -P flock)")" --verbose -n -F "$T/alone" \
			"$(own "$(type -P sleep)")" 600 >/dev/null 2>>"$T/two"
	END
	chmod 755 "$T/daemon"
}

# daemons: the pids of those that live, whatever they are executing by now:
# by executable, since a command line is empty for a moment in each exec.
daemons() {
	find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$T/bin/*" \
		2>/dev/null | cut -d / -f 3
}

never_two() {
	[[ ! -s $T/two ]] || fail "two at a time: $(cat "$T/two")"
}

# starters: what still is daemonize itself.
starters() { pgrep -f "^$DAEMONIZE .*$T/" || :; }

settled() { [[ -z $(starters) ]]; }

end_daemons() {
	local pids p
	mapfile -t pids < <(daemons)
	((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || :
	for p in "${pids[@]}"; do
		wait_gone "$p"
	done
}

one_daemon() {
	assert_equal "$(daemons | wc -l)" 1 "$1: daemons" || return 1
	never_two
}

# swarm ROUNDS let|harass COMMAND...: twenty of them held back and let go at once;
# for each round a line: `STATUS*COUNT ...`, the lines they said, the daemons
# there are, whether $PIDFILE names them (`-`: none), and whatever they said
# besides the usual.  Then the daemon is killed.  `harass` kills it all the
# time, and waits for its end.
swarm() {
	cat >"$CAP/swarm" <<-'END'
		import collections, os, re, signal, subprocess, sys, time
		rounds, mine, pidfile = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		harass, command = sys.argv[4] == "harass", sys.argv[5:]
		def living():
		    found = []
		    for p in os.listdir("/proc"):
		        if not p.isdigit():
		            continue
		        try:
		            exe = os.readlink("/proc/%s/exe" % p)
		        except OSError:
		            continue
		        if exe.startswith(mine + "/bin/"):
		            found.append(int(p))
		    return found
		def end(pids):
		    for pid in pids:
		        os.kill(pid, signal.SIGKILL)
		        try:
		            while True:
		                with open("/proc/%d/stat" % pid) as f:
		                    if f.read().rsplit(")", 1)[1][1] in "ZX":
		                        break
		                time.sleep(0.0005)
		        except OSError:
		            pass
		for n in range(rounds):
		    gate, hold = os.pipe()
		    says, hear = os.pipe()[::-1]
		    pids = []
		    for i in range(20):
		        pid = os.fork()
		        if pid == 0:
		            os.close(hold)
		            os.dup2(says, 2)
		            os.read(gate, 1)
		            os.execv(command[0], command)
		        pids.append(pid)
		    os.close(gate)
		    os.close(says)
		    os.close(hold)
		    if harass:
		        for i in range(15):
		            end(living())
		    got = collections.Counter()
		    for pid in pids:
		        status = os.waitpid(pid, 0)[1]
		        got[os.waitstatus_to_exitcode(status)] += 1
		    with open(hear) as f:
		        said = f.read()
		    left = living()
		    try:
		        with open(pidfile) as f:
		            named = [int(f.read())]
		    except FileNotFoundError:
		        named = []
		    print(" ".join("%d*%d" % p for p in sorted(got.items())),
		          "lines", said.count("\n"), "daemons", len(left),
		          "truth" if left == named or pidfile == "-" or
		          (harass and not left) else "lie: %s %s" % (left, named))
		    other = re.sub(r"(?m)^daemonize: cannot .* another process holds "
		                   r"the lock\n|^daemonize: cannot start: .*: already "
		                   r"running \(process \d+\)\n", "", said)
		    if other:
		        print(other)
		    end(left)
	END
	local rounds=$1 mode=$2
	shift 2
	RUN_SECONDS=60 run_c "$python" -SI "$CAP/swarm" "$rounds" "$T" \
		"$PIDFILE" "$mode" "$@"
	assert_status 0
	assert_err ''
}

# every ROUNDS LINE: each round of the swarm ended so.
every() {
	assert_equal "$(sort <<<"$out" | uniq -c | sed 's/^ *//')" "$1 $2" \
		"rounds"
}

@test "a start whose daemon hangs hears a signal at once, and nothing is left" {
	needprogram strace
	local call front signal status wait
	for call in setpgid chdir; do
		for signal in INT TERM HUP QUIT; do
			wait=()
			# One that would wait on hears it as well.
			[[ $call$signal != chdirTERM ]] || wait=(-w notify)
			echo "$call $signal"
			rm -f "$CAP/strace"
			run_bg strace -f -o "$CAP/strace" -e trace=execve,"$call" \
				-e inject="$call":signal=SIGSTOP env --default-signal \
				"$DAEMONIZE" -p "$F" -l "$T/run/lock" -o "$T/run/log" \
				"${wait[@]}" sleep 600
			wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
			front=$(awk '{ print $1; exit }' "$CAP/strace")
			kill -"$signal" "$front"
			status=0
			wait "$bg" || status=$?
			assert_status $((128 + $(kill -l "$signal")))
			assert_match "$(cat "$CAP/bg.err")" \
				'^daemonize: cannot execute: sleep: interrupted$'
			assert_equal "$(names "$T/run")" '' files
			assert_no_process
		done
	done
}

@test "a start that is given up ends what the program has started by then" {
	needprogram strace
	local n
	# The last is the wait for the exec: it ends as if time were up.
	run_c strace -o "$CAP/strace" -e trace=poll,ppoll "$DAEMONIZE" true
	n=$(grep -c poll "$CAP/strace")
	run_c strace -qq -o "$CAP/strace" -e trace=poll,ppoll,kill,wait4 \
		-e inject="poll,ppoll:retval=0:delay_enter=500000:when=$n" "$DAEMONIZE" \
		-p "$F" -l "$T/lock" sh -c "sleep 600 & touch $T/ran; exec sleep 600"
	assert_refused 124 'cannot execute: sh: it took too long and was stopped$'
	assert_exists "$T/ran"
	# Not only its first process is waited for.
	n=$(sed -n 's/^kill(-\([0-9]*\), SIGKILL) *= 0$/\1/p' "$CAP/strace" | tail -1)
	assert_match "$(grep "^wait4(-$n," "$CAP/strace" | tail -1)" 'ECHILD'
	flock -n "$T/lock" true || fail 'it is locked'
	assert_equal "$(names "$T/run")" '' files
	assert_no_process
}

@test "a start that a file system holds says so, and never runs the program" {
	needprogram strace
	local way
	hanging lookup 0
	way=/proc/$bg/root$T/hang/file
	# The front's wait is cut short.
	run_c strace -qq -o "$CAP/strace" \
		-e inject="poll,ppoll:retval=0:delay_enter=1000000" "$DAEMONIZE" \
		-p "$F" -l "$T/run/lock" -c "$way" touch "$T/ran"
	assert_refused 124 'cannot execute: touch: it took too long \(and it could not be ended\)$'
	assert_equal "$(names "$T/run")" '' files
	# It holds no name that another start needs.
	start -p "$F" -l "$T/run/lock" sleep 600
	start --stop -p "$F"
	# Of a lock that was there, nobody says that the daemon has it.
	touch "$T/run/lock"
	run_c strace -qq -o "$CAP/strace" \
		-e inject="poll,ppoll:retval=0:delay_enter=1000000" "$DAEMONIZE" \
		-p "$F" -l "$T/run/lock" -c "$way" touch "$T/ran"
	assert_status 124
	run_d --ok-if-running -p "$F" -l "$T/run/lock" sleep 600
	assert_refused 75 'cannot lock file: .*: another process holds the lock$'
	kill -KILL "$bg"
	wait_for none_of_ours
	refute_exists "$T/ran"
}

@test "a clock that stands still holds no start" {
	needprogram cc
	local i
	cat >"$CAP/clock.c" <<-'END'
		#include <time.h>

		int
		clock_gettime(clockid_t id, struct timespec *now)
		{
			*now = (struct timespec){ .tv_sec = 1000 };
			return 0;
		}
	END
	cc -w -O1 -shared -fPIC -o "$CAP/clock.so" "$CAP/clock.c"
	for i in {1..60}; do
		run_c env LD_PRELOAD="$CAP/clock.so" "$DAEMONIZE" -q "$(type -P true)"
		assert_status 0 || return 1
	done
}

@test "where children get another PID namespace, there is no start but with -f" {
	needroot
	needprogram unshare
	run_c unshare -p "$DAEMONIZE" -p "$F" "$T/daemon"
	assert_refused 71 'cannot fork again: new processes are in another PID namespace$'
	assert_equal "$(names "$T/run")" '' files
	assert_no_process
	run_c unshare -p "$DAEMONIZE" -f true
	assert_status 0
}

@test "a daemon that may not be killed is not said to be gone, and gives up" {
	needroot
	needprogram strace setpriv
	local front daemon status=0
	run_bg setpriv --bounding-set -kill --inh-caps -kill strace -f \
		-o "$CAP/strace" -e trace=execve,chdir -e inject=chdir:signal=SIGSTOP \
		env --default-signal "$DAEMONIZE" -u nobody -p "$F" \
		touch "$T/run/ran"
	wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
	front=$(awk '{ print $1; exit }' "$CAP/strace")
	daemon=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/strace")
	kill -TERM "$front"
	wait_for has_line "$CAP/strace" "^$front .*killed by SIGTERM"
	assert_content "$CAP/bg.err" \
		'daemonize: cannot execute: touch: interrupted (and it could not be ended)'
	assert_content "$F" "$daemon"
	kill -CONT "$daemon"
	wait "$bg" || status=$?
	assert_status 143
	refute_exists "$T/run/ran"
	run_c "$DAEMONIZE" --status -p "$F"
	assert_match "$status" '^[13]$'
}

@test "of twenty starts on one pidfile one wins, nineteen are 75: 40 rounds" {
	PIDFILE=$F swarm 40 let "$DAEMONIZE" -p "$F" "$T/daemon"
	every 40 "0*1 75*19 lines 19 daemons 1 truth"
	never_two
	assert_equal "$(cd "$T/run" && echo ./*)" "./pid ./pid.id" files
}

@test "of twenty starts on one lockfile one wins, nineteen are 75: 40 rounds" {
	PIDFILE=- swarm 40 let "$DAEMONIZE" -l "$T/run/lock" "$T/daemon"
	every 40 "0*1 75*19 lines 19 daemons 1 truth"
	never_two
}

@test "of twenty starts with both one wins: 30 rounds" {
	PIDFILE=$F swarm 30 let "$DAEMONIZE" -p "$F" -l "$T/run/lock" "$T/daemon"
	every 30 "0*1 75*19 lines 19 daemons 1 truth"
	never_two
}

@test "of twenty starts --ok-if-running all are 0, one daemon: 30 rounds" {
	PIDFILE=$F swarm 30 let "$DAEMONIZE" --ok-if-running -p "$F" "$T/daemon"
	every 30 "0*20 lines 0 daemons 1 truth"
	never_two
	PIDFILE=- swarm 10 let "$DAEMONIZE" --ok-if-running -l "$T/run/lock" \
		"$T/daemon"
	every 10 "0*20 lines 0 daemons 1 truth"
	never_two
}

@test "starts race with kill -9 of the daemon: never two, never a lie" {
	PIDFILE=$F swarm 30 harass "$DAEMONIZE" -p "$F" "$T/daemon"
	never_two
	refute grep -Evq \
		'^0\*[0-9]+( 75\*[0-9]+)? lines [0-9]+ daemons [01] truth$' \
		<<<"$out" || fail "$out"
	# Otherwise nothing was raced with.
	grep -Eq '^0\*([2-9]|1[0-9]|20) ' <<<"$out" || fail "$out"
	start -p "$F" "$T/daemon"
	one_daemon "in the end"
	assert_content "$F" "$(daemons)"
}

# trace INDEX N ACTION CALLER COMMAND...: runs it under a tracer that does
# something as the process number INDEX in order of creation (0 the front, 1
# the middle, 2 the daemon) enters its Nth system call:
#	kill	kill -9 it
#	orphan	kill -9 the front, and only then let it go on
#	NAME	send the front that signal, and let it go on
# What has executed another program is let go.  CALLER, default, ignore or
# block, is what the command finds of INT, TERM, HUP and QUIT.  $status and
# $err are the front's, $calls is how many calls process INDEX has made, $met
# whether it has come to the Nth.
trace() {
	cat >"$CAP/tracer" <<-'END'
		import ctypes, os, signal, sys
		libc = ctypes.CDLL(None, use_errno=True)
		libc.ptrace.argtypes = [ctypes.c_long] * 4
		libc.ptrace.restype = ctypes.c_long
		SYSCALL, DETACH, GETEVENTMSG, SEIZE = 24, 17, 0x4201, 0x4206
		FORK, VFORK, CLONE, EXEC, STOP = 1, 2, 3, 4, 128
		# sysgood, fork, vfork, clone, exec
		OPTIONS = 1 | 2 | 4 | 8 | 16
		report, index, nth, action, caller = sys.argv[1:6]
		index, nth, command = int(index), int(nth), sys.argv[6:]
		signals = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
		           signal.SIGQUIT]
		gate, hold = os.pipe()
		front = os.fork()
		if front == 0:
		    os.close(hold)
		    os.read(gate, 1)
		    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
		    for s in signals:
		        signal.signal(s, signal.SIG_IGN if caller == "ignore" else
		                      signal.SIG_DFL)
		    signal.pthread_sigmask(signal.SIG_SETMASK,
		                           signals if caller == "block" else [])
		    os.execv(command[0], command)
		os.close(gate)
		if libc.ptrace(SEIZE, front, 0, OPTIONS) != 0:
		    sys.exit("cannot trace")
		os.write(hold, b"x")
		order, entered, calls, end, held = [front], {}, {}, None, None
		early = set()
		counting = met = False
		def go(pid, how=SYSCALL, sig=0):
		    libc.ptrace(how, pid, 0, sig)
		def act(pid):
		    global held
		    if action == "kill":
		        os.kill(pid, signal.SIGKILL)
		    elif action == "orphan":
		        os.kill(front, signal.SIGKILL)
		        held = pid
		    else:
		        os.kill(front, getattr(signal, "SIG" + action))
		        go(pid)
		while True:
		    try:
		        pid, status = os.waitpid(-1, 0x40000000)
		    except ChildProcessError:
		        break
		    if not os.WIFSTOPPED(status):
		        if pid == front:
		            end = os.waitstatus_to_exitcode(status)
		            if held:
		                go(held)
		        continue
		    sig, event = os.WSTOPSIG(status), status >> 16
		    if event in (FORK, VFORK, CLONE):
		        child = ctypes.c_ulong()
		        libc.ptrace(GETEVENTMSG, pid, 0, ctypes.addressof(child))
		        order.append(child.value)
		        go(pid)
		        if child.value in early:
		            go(child.value)
		    elif event == EXEC and counting:
		        go(pid, DETACH)
		    elif event == EXEC:
		        # The return from it comes next.
		        counting = entered[pid] = True
		        go(pid)
		    elif event == STOP and pid not in order:
		        # It waits until we have heard of its birth.
		        early.add(pid)
		    elif event == STOP:
		        go(pid)
		    elif sig == signal.SIGTRAP | 0x80:
		        entered[pid] = not entered.get(pid, False)
		        if counting and entered[pid]:
		            calls[pid] = calls.get(pid, 0) + 1
		            if (not met and calls[pid] == nth and
		                    order[index:index + 1] == [pid]):
		                met = True
		                act(pid)
		                continue
		        go(pid)
		    else:
		        go(pid, SYSCALL, sig)
		n = calls.get(order[index], 0) if len(order) > index else 0
		with open(report, "w") as f:
		    f.write("%d %d %d\n" % (end, n, met))
	END
	run_c "$python" -SI "$CAP/tracer" "$CAP/traced" "$@"
	assert_status 0 || return 1
	read -r status calls met <"$CAP/traced"
}

# count_calls INDEX OPTION...: of a good start; it has been made.
count_calls() {
	local index=$1
	shift
	trace "$index" -1 none default "$DAEMONIZE" "$@" "$T/daemon"
	assert_status 0 || return 1
	assert_silent || return 1
	one_daemon "a good start" || return 1
	end_daemons
	total=$calls
}

# came_short CALL: this daemon had fewer than the one that was counted, since
# the middle had told it in time what /proc says.
came_short() {
	((met == 0 && status == 0 && calls < $1 && calls >= total - 16)) ||
		return 1
	end_daemons
}

files() { find "$1" -mindepth 1 -printf '%P\n' | sort | xargs; }

# truth_and_next ROW DIR: whatever has happened, there is at most one daemon,
# which FILE and FILE.id name, and the next start leaves exactly one.
truth_and_next() {
	local n
	wait_for settled
	n=$(daemons | wc -l)
	((n <= 1)) || fail "$1: $n daemons" || return 1
	run_d -p "$2/pid" "$T/daemon"
	if ((n)); then
		assert_status 75 || fail "$1: one runs, the next start" ||
			return 1
	else
		assert_status 0 || fail "$1: none runs, the next start" ||
			return 1
	fi
	one_daemon "$1" || return 1
	assert_content "$2/pid" "$(daemons)" || fail "$1" || return 1
	if ((n == 0)); then
		assert_equal "$(files "$2")" "pid pid.id" "$1: files"
	fi
}

# fails_clean ROW DIR: the start told the truth, and nothing is left.
fails_clean() {
	assert_message 'cannot ' || fail "$1" || return 1
	wait_for settled
	assert_equal "$(daemons)" "" "$1: daemons" || return 1
	assert_equal "$(files "$2")" "" "$1: files"
}

@test "the front killed while the daemon gets on, at many points: never two" {
	local i total dir step=5
	[[ ${RACES:-} != all ]] || step=1
	count_calls 2 -p "$F" -o "$F.log"
	for ((i = 1; i <= total; i += step)); do
		dir=$T/orphan.$i
		mkdir "$dir"
		trace 2 "$i" orphan default "$DAEMONIZE" -p "$dir/pid" \
			-o "$dir/pid.log" "$T/daemon"
		! came_short "$i" || continue
		assert_equal "$met $status" "1 -9" "call $i: met, status"
		wait_for settled
		if [[ -z $(daemons) ]]; then
			assert_equal "$(files "$dir")" "" "call $i: files"
		else
			assert_content "$dir/pid" "$(daemons)" || fail "call $i"
		fi
		rm -f "$dir/pid.log"
		truth_and_next "call $i of $total" "$dir"
		end_daemons
	done
}

@test "INT, TERM, HUP or QUIT in the middle ends a start by that signal" {
	local i total row sig n step=5
	[[ ${RACES:-} != all ]] || step=1
	count_calls 2 -p "$F" -o "$F.log" -l "$T/run/lock"
	rm -f "$T/run"/*
	n=0
	for ((i = 1; i <= total; i += step)); do
		sig=$(cut -d ' ' -f $((n++ % 4 + 1)) <<<"INT TERM HUP QUIT")
		row="call $i of $total, $sig"
		trace 2 "$i" "$sig" default "$DAEMONIZE" -p "$F" -o "$F.log" \
			-l "$T/run/lock" "$T/daemon"
		if came_short "$i"; then
			rm -f "$T/run"/*
			continue
		fi
		assert_equal "$met $status" "1 -$(kill -l "$sig")" "$row"
		fails_clean "$row" "$T/run"
	done
	for ((i = 1; i < 5; i++)); do
		trace 1 "$i" TERM default "$DAEMONIZE" -p "$F" "$T/daemon"
		assert_equal "$met $status" "1 -15" "call $i of the middle"
		fails_clean "call $i of the middle" "$T/run"
	done
	start -p "$F" "$T/daemon"
	one_daemon "the next start"
}

@test "a signal while it waits for another start ends it, too" {
	local sig
	for sig in INT TERM; do
		: >"$F.lock"
		chmod 600 "$F.lock"
		exec {held}<"$F.lock"
		flock "$held"
		run_bg env --default-signal=INT,TERM "$DAEMONIZE" -p "$F" \
			"$T/daemon"
		wait_for eval 'grep -q "^State:.S" "/proc/$bg/status" &&
			(($(awk "/^voluntary/ { print \$2 }" \
			"/proc/$bg/status") > 4))'
		kill "-$sig" "$bg"
		status=0
		wait "$bg" || status=$?
		exec {held}>&-
		assert_equal "$status" $((128 + $(kill -l "$sig"))) "$sig" ||
			fail "$(cat "$CAP/bg.err")"
		assert_equal "$(files "$T/run")" pid.lock "$sig: files"
		rm "$F.lock"
	done
}

@test "a signal that the caller ignores or blocks does not end a start" {
	local caller sig
	for caller in ignore block; do
		for sig in HUP INT QUIT TERM; do
			trace 2 20 "$sig" "$caller" "$DAEMONIZE" -p "$F" \
				"$T/daemon"
			assert_equal "$met $status" "1 0" "$caller $sig: $err"
			assert_silent
			one_daemon "$caller $sig"
			assert_content "$F" "$(daemons)"
			end_daemons
		done
	done
}
