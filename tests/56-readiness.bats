#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A start that waits until the program is ready: each condition, and each way
# in which it can fail; what is said then, what is left, and whom it does not
# touch.  58-notify.bats has the protocol of notify.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load lib/common

setup() {
	setup_dir
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	needprogram python3 systemd-notify setpriv flock
	mkdir "$T/run"
	F=$T/run/pid
	nap=("$(own "$(type -P sleep)")" 600)
	port=$(free_port)
	will_be_traced
	# Listens at each of its arguments, and stays.
	cat >"$T/listener" <<-'END'
		#!/usr/bin/python3 -SI
		import os, signal, socket, sys, time
		kept = []
		for word in sys.argv[1:]:
		    kind, _, at = word.partition("=")
		    if kind == "fork":
		        if os.fork():
		            os._exit(0)
		        continue
		    if kind == "leave":
		        if os.fork():
		            time.sleep(float(at))
		            os._exit(0)
		        os.setsid()
		        continue
		    if kind == "hide":
		        import ctypes
		        ctypes.CDLL(None).prctl(4, 0)	# PR_SET_DUMPABLE
		        continue
		    if kind == "child":
		        if os.fork():
		            signal.pause()
		        continue
		    if kind == "rename":
		        os.rename(kept[-1].getsockname(), at)
		        continue
		    if kind == "listen":
		        kept[-1].listen()
		        continue
		    if kind == "tcp":
		        s = socket.socket()
		        host, _, number = at.rpartition(":")
		        at = (host, int(number))
		    elif kind == "tcp6":
		        s = socket.socket(socket.AF_INET6)
		        host, _, number = at.rpartition(":")
		        at = (host, int(number))
		    else:
		        s = socket.socket(socket.AF_UNIX)
		        if kind != "plain":
		            at = at.replace("@", "\0", 1)
		    if kind == "forged":
		        at = ("\0x\n0: 00000002 00000000 00010000 0001 01 %d %s"
		            % (os.fstat(kept[0].fileno()).st_ino, at))
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(at)
		    if kind not in ("bound", "forged"):
		        s.listen()
		    kept.append(s)
		while True:
		    signal.pause()
	END
	# The same by a thread that is left alone.
	cat >"$T/second" <<-END
		#!/usr/bin/python3 -SI
		import ctypes, runpy, threading
		threading.Thread(target=runpy.run_path, args=["$T/listener"]).start()
		ctypes.CDLL(None).pthread_exit(None)
	END
	chmod 755 "$T/listener" "$T/second"
}

# One of each kind, none of which is ever met.
unmet() {
	printf '%s\n' alive:30 notify fd:7 "file:$T/never" 'log:^never$' \
		check:false
	! sees_proc || echo "listen:$port"
}

# waiting CONDITION: sets $options, what a start with it is made with.
waiting() {
	options=(-p "$F" -l "$T/run/lock" -o "$T/out" -w "$1")
}

# field N PID: of /proc/PID/stat, from the state on: 1 state, 2 parent.
field() {
	local stat
	stat=$(cat "/proc/$2/stat") || return 1
	cut -d ' ' -f "$1" <<<"${stat##*) }"
}

is_in_state() { [[ $(field 1 "$1") == "$2" ]]; }

json() {
	python3 -SI -c 'import json, sys
print(json.dumps(json.loads(sys.argv[1])[sys.argv[2]]))' "$out" "$1"
}

# assert_started: the daemon of the pidfile runs; sets $pid.
assert_started() {
	assert_silent || return 1
	pid=$(cat "$F")
	track "$pid"
	assert_alive "$pid"
}

nothing_left() {
	assert_no_process || return 1
	assert_equal "$(names "$T/run")" "" "$1: files left" || return 1
	if [[ -n $(cat "$T/socket" 2>/dev/null) ]]; then
		refute_exists "$(dirname "$(cat "$T/socket")")"
	fi
}

# What is ready, and when.

@test "alive: it still runs then, and not earlier" {
	local before
	before=$(milliseconds)
	start -p "$F" -w alive:0.25 "${nap[@]}"
	assert_started
	(($(milliseconds) - before >= 250)) || fail "ready too early"
	run_d -w alive:0.5 sh -c 'sleep 0.1; exit 3'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 3\)$'
}

@test "alive: what takes longer than the usual limit moves it" {
	run_d -x -w alive:90 "${nap[@]}"
	assert_status 0
	assert_match "$out" 'alive:90, for 90 s'
}

@test "alive: the timeout may be as long, and is not longer for others" {
	local i
	for ((i = 0; i < 20; i++)); do
		start -p "$F" -t 0.05 -w alive:0.05 "${nap[@]}"
		start --stop -p "$F"
	done
	run_d -p "$F" -t 0.05 -w alive:0.05 -w notify "${nap[@]}"
	assert_refused 124 'cannot get ready: .*: not ready in time, so it was stopped \(notify, 0\.05 s\)$'
	nothing_left alive
}

@test "fd: a newline on the descriptor, whatever comes before it" {
	start -p "$F" -w fd:7 -E "T=$T" sh -c 'printf "no "; printf "not yet" >&7
		touch "$T/half"; sleep 0.2; touch "$T/whole"; echo >&7
		exec 7>&-; exec '"${nap[*]}"
	assert_started
	assert_exists "$T/whole"
	# Longer than anything that is read at once.
	start -w fd:3 sh -c 'head -c 100000 /dev/zero >&3; echo >&3; exec '"${nap[*]}"
}

@test "fd: its end without a newline is a failure, although it runs on" {
	local began=${EPOCHREALTIME/[.,]/}
	run_d -p "$F" -w fd:7 -t 30 sh -c 'printf "almost" >&7; exec 7>&-; exec '"${nap[*]}"
	assert_refused 69 'cannot get ready: .*: it was closed without a newline'
	# It may have been its death, which is the better reason.
	((${EPOCHREALTIME/[.,]/} - began > 100000)) || fail "not waited for"
	nothing_left fd
}

@test "fd: whoever writes there faster than it is read moves no deadline" {
	local before
	needprogram strace
	before=$(milliseconds)
	run_c strace -qq -o /dev/null -e trace=read -e inject=read:delay_enter=500 \
		"$DAEMONIZE" -p "$F" -w fd:7 -t 0.5 timeout 12 sh -c 'exec cat /dev/zero >&7'
	assert_refused 124 'cannot get ready: .*\(fd:7, 0\.5 s\)'
	((before = $(milliseconds) - before, before < 8000)) ||
		fail "after $before milliseconds"
	nothing_left flood
}

@test "fd: the number may be one of ours, or of the caller" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12; do
		run_c bash -c '
			for i in {3..12}; do
				(($2 % 2)) || eval "exec $i<&0"
			done
			exec "$0" -p "$1" -w "fd:$2" -t 10 -o "$3" -w log:said -w notify \
				bash -c "ls /proc/self/fd | xargs >&2
				echo said; echo >&$2; systemd-notify --ready
				exec $2>&-; exec $4"' \
			"$DAEMONIZE" "$F" "$n" "$T/out" "${nap[*]}"
		assert_status 0 || fail "fd:$n: $err" || return 1
		assert_started || return 1
		# Neither does it cost the processor.
		start --stop -p "$F"
	done
}

@test "fd: several descriptors at once, in any order" {
	local order
	for order in "3 4" "4 3" "5 4" "6 5 4 3" "3 5 7 9 11"; do
		local options=() n
		for n in $order; do
			options+=(-w "fd:$n")
		done
		start -p "$F" -t 10 "${options[@]}" bash -c "
			for n in $order; do echo >&\$n; done; exec ${nap[*]}"
		assert_started || fail "$order" || return 1
		start --stop -p "$F"
	done
}

@test "fd: a large number, and one that the limit forbids" {
	start -p "$F" -w fd:1000 bash -c "echo >&1000; exec 1000>&-; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	run_d -p "$F" -w fd:1000000000 "${nap[@]}"
	assert_refused 71 'cannot prepare to wait for: fd:1000000000: (Too many open files|No file descriptors available)'
	nothing_left fd
}

@test "the wait costs no processor time, whatever descriptor it hands out" {
	local condition n=0 used
	while read -r condition; do
		n=$((n + 1))
		bash -c 'exec 8</dev/null; "$@" 2>/dev/null; times' - "$DAEMONIZE" \
			-o "$T/out$n" -w "$condition" -t 1 "${nap[@]}" \
			>"$CAP/times$n" 3>&- 4>&- &
		track $!
	done < <(unmet | grep -v -e ^check -e ^alive; echo fd:3; echo fd:4; echo fd:5)
	wait
	((n == 7 + $(unmet | grep -c ^listen)))
	for ((; n > 0; n--)); do
		# The children's, user and system.
		used=$(tail -n 1 "$CAP/times$n" | tr 'ms' '  ')
		awk -v used="$used" 'BEGIN { split(used, t, " ")
			exit t[2] + t[4] > 0.4 }' || fail "number $n: $used" || return 1
	done
}

@test "what nothing wakes us for is looked at in growing pauses" {
	needprogram strace
	local n
	run_c strace -f -b execve -qq -o "$CAP/trace" "$DAEMONIZE" -w "file:$T/never" \
		-t 1 "${nap[@]}"
	assert_refused 124 'cannot get ready: '
	n=$(grep -c "statx.*$T/never" "$CAP/trace")
	((n > 5 && n < 200)) || fail "$n looks in a second"
}

@test "listen: TCP by port, by address, and on IPv6" {
	local at row condition
	while read -r at condition; do
		start -p "$F" -w "listen:$condition" -t 15 "$T/listener" "$at"
		assert_started || fail "$at" || return 1
		start --stop -p "$F"
	done <<-END
		tcp=127.0.0.1:$port $port
		tcp=127.0.0.1:$port 127.0.0.1:$port
		tcp=0.0.0.0:$port 127.0.0.1:$port
		tcp6=::1:$port [::1]:$port
		tcp6=:::$port [::1]:$port
		tcp6=::1:$port $port
		tcp6=::ffff:127.0.0.1:$port 127.0.0.1:$port
		tcp6=::ffff:0.0.0.0:$port 127.0.0.1:$port
		tcp6=::ffff:0.0.0.0:$port [::ffff:127.0.0.1]:$port
		tcp=127.0.0.1:$port [::ffff:127.0.0.1]:$port
		tcp=0.0.0.0:$port [::ffff:127.0.0.1]:$port
	END
	# Another address, another family, bound only.
	for row in "tcp=127.0.0.2:$port 127.0.0.1:$port" \
		"tcp=0.0.0.0:$port [::1]:$port" "tcp6=::ffff:0.0.0.0:$port [::1]:$port" \
		"tcp6=:::$port [::ffff:127.0.0.1]:$port" \
		"tcp6=::ffff:127.0.0.2:$port 127.0.0.1:$port" "tcp=127.0.0.1:$port $((port + 1))"; do
		run_d -p "$F" -w "listen:${row#* }" -t 0.4 "$T/listener" "${row% *}"
		assert_refused 124 'cannot get ready: ' || return 1
	done
}

@test "listen: a UNIX socket by its path, however it was bound, and abstract" {
	local long
	start -p "$F" -w "listen:$T/socket" "$T/listener" "unix=$T/socket"
	assert_started
	start --stop -p "$F"
	rm "$T/socket"
	# Relative to the daemon's directory, and through a link.
	mkdir "$T/real"
	ln -s real "$T/link"
	start -p "$F" -c "$T/real" -w "listen:$T/link/socket" "$T/listener" unix=socket
	assert_started
	start --stop -p "$F"
	start -p "$F" -w "listen:@$T/name" "$T/listener" "unix=@$T/name"
	assert_started
	start --stop -p "$F"
	# The longest name there is.
	long=$T/$(printf "%0$((106 - ${#T}))d" 0)
	start -p "$F" -w "listen:@$long" "$T/listener" "unix=@$long"
	assert_started
	start --stop -p "$F"
	# The path is there, but nobody listens.
	run_d -p "$F" -w "listen:$T/real/new" -t 0.4 "$T/listener" "bound=$T/real/new"
	assert_refused 124 'cannot get ready: '
}

@test "listen: a UNIX socket that was renamed is where it is now" {
	local place
	start -p "$F" -w "listen:$T/socket" "$T/listener" "unix=$T/new" \
		"rename=$T/socket"
	assert_started
	start --stop -p "$F"
	start -p "$F" -c "$T" -w "listen:$T/socket" "$T/listener" unix=new \
		"rename=$T/socket"
	assert_started
	start --stop -p "$F"
	# It has not got its name any more, whoever has.
	for place in "bound=$T/first" bound=@name; do
		run_d -p "$F" -w "listen:$T/first" -t 0.4 "$T/listener" \
			"bound=$T/first" "rename=$T/second" listen= "$place"
		assert_refused 124 'cannot get ready: ' || return 1
		rm -f "$T/first"
	done
	# A file is not an abstract name.
	run_d -p "$F" -c "$T" -w listen:@name -t 0.4 "$T/listener" plain=@name
	assert_refused 124 'cannot get ready: '
}

@test "listen: a line of the table that a socket's name makes up does not count" {
	local other by=()
	for other in bound unix; do
		run_d -p "$F" -w "listen:/w$T" -t 0.4 "$T/listener" \
			"$other=@y$T" "forged=/w$T"
		assert_status 124
	done
	# The socket's own name does not make it listen.
	run_d -p "$F" -w "listen:@y$T" -t 0.4 "$T/listener" "bound=@y$T" \
		"forged=@y$T"
	assert_status 124
	start -p "$F" -w "listen:@y$T" "$T/listener" "unix=@y$T" "forged=/w$T"
	assert_started
	run_d -w "listen:/w$T" -t 0.6 "$T/second" "bound=@z$T" "forged=/w$T"
	assert_status 124
	# Nor for an ordinary user, who may go to no other network.
	((EUID != 0)) || by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	run_c "${by[@]}" "$DAEMONIZE" -w "listen:/w$T" -t 0.6 "$T/listener" \
		"unix=@v$T" "forged=/w$T"
	assert_status 124
	assert_match "$err" "listen:/w$T, 0.6 s\)"
}

@test "listen: a UNIX socket is found where the kernel breaks off its answer" {
	needprogram strace
	run_c strace -f -b execve -qq -o "$CAP/trace" -e trace=recvfrom \
		-e inject=recvfrom:error=ENOBUFS "$DAEMONIZE" -p "$F" \
		-w "listen:$T/socket" -t 8 "$T/listener" "unix=$T/socket"
	assert_status 0
	assert_started
	grep -q INJECTED "$CAP/trace" || fail 'nothing was injected'
}

@test "listen: another server on that port is not ours" {
	run_bg "$T/listener" "tcp=127.0.0.1:$port" "unix=$T/socket"
	wait_for test -S "$T/socket"
	wait_for bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
	for condition in "$port" "127.0.0.1:$port" "$T/socket"; do
		run_d -p "$F" -w "listen:$condition" -t 0.3 "${nap[@]}"
		assert_refused 124 'cannot get ready: .* so it was stopped' || return 1
	done
	assert_alive "$bg"
	# Nor is a check that listens.
	run_d -p "$F" -w "listen:$T/check" -w "check:exec $T/listener unix=$T/check" \
		-t 0.5 "${nap[@]}"
	assert_refused 124 "cannot get ready: .*\(listen:$T/check, " || return 1
	# Which is what the program finds out, too.
	run_d -p "$F" -L "$T/log" -w "listen:$port" -t 10 "$T/listener" "tcp=127.0.0.1:$port"
	assert_status 69
	assert_match "$err" 'Address already in use'
}

@test "listen: however many others listen on that port, the daemon's is found" {
	local others=() i
	for i in {1..250}; do
		others+=("tcp=127.0.1.$i:$port" "tcp=127.0.2.$i:$port")
	done
	run_bg "$T/listener" "${others[@]}" "unix=$T/socket"
	wait_for test -S "$T/socket"
	start -p "$F" -w "listen:$port" -t 15 "$T/listener" "tcp=127.0.0.1:$port"
	assert_started
}

# looks N: N descriptors of the program have been looked at.
looks() { (($(wc -l <"$CAP/trace") > $1)); }

@test "listen: whoever has descriptors without end moves no deadline, and no signal" {
	local before slow
	needprogram strace
	run_bg "$T/listener" "tcp=127.0.0.1:$port" "unix=$T/socket"
	wait_for test -S "$T/socket"
	executable "$T/many" <<-'END'
		#!/usr/bin/python3 -SI
		import os, signal
		for i in range(900):
		    os.dup(0)
		for i in range(9):
		    if os.fork() == 0:
		        break
		signal.pause()
	END
	slow=(strace -D -f -b execve -qq -o "$CAP/trace" -e trace=readlinkat
		-e inject=readlinkat:delay_enter=1000)
	before=$(milliseconds)
	run_c "${slow[@]}" "$DAEMONIZE" -p "$F" -w "listen:$port" -t 1.5 "$T/many"
	assert_status 124
	assert_match "$err" "cannot get ready: .*\(listen:$port, 1\.5 s\)"
	((before = $(milliseconds) - before, before < 8000)) ||
		fail "after $before milliseconds"
	looks 300
	assert_equal "$(names "$T/run")" '' files
	rm "$CAP/trace"
	run_bg "${slow[@]}" "$DAEMONIZE" -p "$F" -w "listen:$port" -t 60 "$T/many"
	wait_for looks 300
	before=$(milliseconds)
	kill -TERM "$bg"
	status=0
	wait "$bg" || status=$?
	assert_status 143
	((before = $(milliseconds) - before, before < 5000)) ||
		fail "TERM: after $before milliseconds"
	assert_equal "$(names "$T/run")" '' files
}

@test "listen: a descendant's socket counts" {
	start -p "$F" -w "listen:$port" -t 15 sh -c "$T/listener child=1 tcp=127.0.0.1:$port; true"
	assert_started
	assert_equal "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-5)" "sh -c" "the daemon"
}

@test "listen: a daemon whose first thread has ended may do it" {
	local at
	for at in "tcp=127.0.0.1:$port" "unix=$T/socket" "unix=@$T/name"; do
		start -p "$F" -w "listen:${at#*=}" -t 15 "$T/second" "$at"
		assert_started || return 1
		assert_match "$(cat "/proc/$pid/status")" $'\nState:\tZ'
		start --stop -p "$F"
	done
}

@test "listen: in the daemon's own network namespace" {
	needroot
	start -p "$F" -w "listen:$port" -t 15 unshare -n "$T/listener" "tcp=0.0.0.0:$port"
	assert_started
	start --stop -p "$F"
	start -p "$F" -w "listen:@n$T" -t 15 unshare -n "$T/listener" "unix=@n$T"
	assert_started
	start --stop -p "$F"
	run_d -w "listen:/w$T" -t 0.4 unshare -n "$T/listener" "unix=@y$T" "forged=/w$T"
	assert_status 124
	# What is open to all of ours is nothing to a daemon elsewhere.
	run_bg "$T/listener" "tcp=127.0.0.1:$port"
	wait_for bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
	run_d -p "$F" -w "listen:$port" -t 0.4 unshare -n "${nap[@]}"
	assert_refused 124 'cannot get ready: '
}

@test "listen: root without CAP_SYS_PTRACE sees it, too" {
	local before used
	needroot
	without=(setpriv --bounding-set=-sys_ptrace)
	chmod 755 "$T"
	run_c "${without[@]}" "$DAEMONIZE" -p "$F" -u nobody -w "listen:$port" \
		-t 15 "$T/listener" "tcp=127.0.0.1:$port"
	assert_status 0
	assert_started
	start --stop -p "$F"
	# Whoever it becomes by itself.
	run_c "${without[@]}" "$DAEMONIZE" -p "$F" -w "listen:$port" -t 15 \
		setpriv --reuid=1 --regid=1 --clear-groups \
		"$T/listener" "tcp=127.0.0.1:$port"
	assert_status 0
	assert_started
	# Another one is still another one, and looking for it is no busy loop.
	run_bg strace -c -o "$T/calls" -e trace=poll "${without[@]}" "$DAEMONIZE" \
		-w "listen:$port" -u nobody -t 1 "${nap[@]}"
	wait "$bg" && fail "ready by another server"
	# and nothing is hidden.
	refute grep descriptors "$CAP/bg.err"
	used=$(awk '/ poll$/ { print $4 }' "$T/calls")
	((used < 200)) || fail "$used turns in a second"
}

@test "listen: a program that hides its descriptors is said to, unless root asks" {
	local by=() at
	chmod 1777 "$T" "$T/run"
	((EUID != 0)) || by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	for at in "tcp=127.0.0.1:$port" "unix=$T/socket"; do
		run_c "${by[@]}" "$DAEMONIZE" -p "$F" -w "listen:${at#*=}" -t 2 \
			"$T/listener" hide=1 "$at"
		assert_refused 124 "cannot get ready: .*\(listen:${at#*=}, 2.* s; somebody listens there, but the program's descriptors may not be looked at\)$" ||
			return 1
		((EUID == 0)) || continue
		rm -f "$T/socket"
		start -p "$F" -w "listen:${at#*=}" "$T/listener" hide=1 "$at"
		start --stop -p "$F"
	done
	# It is said of the one where somebody does.
	run_c "${by[@]}" "$DAEMONIZE" -w "listen:$port" -w "listen:$T/none" -t 0.4 \
		"$T/listener" hide=1 "unix=$T/none"
	assert_refused 124 "cannot get ready: .*\\(listen:$port, .* s\\)\$"
	# Nobody listens there, or only others: there is nothing to say.
	run_c "${by[@]}" "$DAEMONIZE" -w "listen:$port" -t 0.4 "$T/listener" hide=1
	assert_refused 124 'cannot get ready: .* s\)$'
	run_bg "$T/listener" "tcp=127.0.0.1:$port"
	wait_for bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
	run_c "${by[@]}" "$DAEMONIZE" -w "listen:$port" -t 0.4 "${nap[@]}"
	assert_refused 124 'cannot get ready: .* s\)$'
}

@test "listen: a chrooted daemon's socket, by the path in there or out here" {
	local path
	needroot
	root_with_usr listener
	mkdir "$T/jail/srv" "$T/jail/proc"
	chmod 1777 "$T/jail/srv"
	# As /var/run is on many systems: not from out here.
	ln -s /srv "$T/jail/link"
	for path in /srv/socket "$T/jail/srv/socket" /link/socket; do
		run_c "${in_jail[@]}" "$DAEMONIZE" -p "$F" -r "$T/jail" -u nobody \
			-w "listen:$path" -t 15 /listener \
			"unix=${path#"$T/jail"}"
		assert_status 0 || return 1
		assert_started || return 1
		start --stop -p "$F"
		rm "$T/jail/srv/socket"
	done
	# One that only its child is in.
	run_c "${in_jail[@]}" "$DAEMONIZE" -p "$F" -t 15 -w listen:/srv/socket \
		sh -c "chroot $T/jail /listener unix=/srv/socket; true"
	assert_status 0
	start --stop --stop-group -p "$F"
}

@test "file: one that is made after the start" {
	start -p "$F" -w "file:$T/made" sh -c "sleep 0.1; echo text >$T/made; exec ${nap[*]}"
	assert_started
	assert_exists "$T/made"
	start --stop -p "$F"
	# Relative to where the caller is, not to where the daemon is.
	cd "$T"
	start -p "$F" -w file:here sh -c "touch $T/here; exec ${nap[*]}"
	assert_started
}

@test "file: one from before does not count, nor one that is only written" {
	echo old >"$T/old"
	run_d -p "$F" -w "file:$T/old" -t 0.3 sh -c "echo new >>$T/old; touch $T/old; exec ${nap[*]}"
	assert_refused 124 'cannot get ready: sh: not ready in time'
	# Made anew it does, even with its number, where the file system gives it.
	start -p "$F" -w "file:$T/old" -t 15 bash -c "
		number=\$(stat -c %i $T/old)
		rm $T/old
		for i in {1..50}; do
			touch $T/new\$i
			[[ \$(stat -c %i $T/new\$i) != \$number ]] || break
		done
		mv $T/new\$i $T/old
		exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -w "file:$T/old" -t 10 sh -c "touch $T/new; mv $T/new $T/old; exec ${nap[*]}"
	assert_started
}

@test "file: one that nobody could look for before the start is not taken for new" {
	local by=()
	mkdir -p "$T/way/closed"
	echo old >"$T/way/closed/old"
	((EUID != 0)) || {
		chown -R 65534 "$T/way"
		by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	}
	chmod 0 "$T/way/closed"
	run_c "${by[@]}" "$DAEMONIZE" -w "file:$T/way/closed/old" -t 15 \
		sh -c "chmod 755 $T/way/closed; exec ${nap[*]}"
	chmod 755 "$T/way/closed"
	assert_refused 77 'cannot prepare to wait for: file:.*/closed/old: Permission denied$'
	assert_no_process
	ln -s loop "$T/loop"
	run_d -w "file:$T/loop" -t 15 "${nap[@]}"
	assert_refused 71 'cannot prepare to wait for: file:.*: (Too many levels|Symbolic link loop)'
	# What is on the way may come later, too.
	touch "$T/later"
	start -p "$F" -w "file:$T/later/made" -t 15 \
		sh -c "rm $T/later; mkdir $T/later; touch $T/later/made; exec ${nap[*]}"
	assert_started
}

@test "log: a line of this start, in either output, written piece by piece" {
	echo "ready 1" >"$T/log"
	run_d -p "$F" -L "$T/log" -w 'log:^ready [0-9]+$' -t 0.3 sh -c "echo 'not ready 1'; exec ${nap[*]}"
	assert_status 124
	start -p "$F" -L "$T/log" -w 'log:^ready [0-9]+$' -t 10 sh -c "
		printf 're'; sleep 0.1; printf 'ady 1'; sleep 0.1; printf '2\n'; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -e "$T/err" -w 'log:up' -t 10 sh -c "echo is up >&2; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	# Truncated by the start itself: what was in it is gone.
	echo "ready" >"$T/new"
	run_d -p "$F" -o "$T/new" -w 'log:ready' -t 0.3 "${nap[@]}"
	assert_status 124
}

@test "log: long lines, binary output and a truncated log hide nothing" {
	start -p "$F" -L "$T/log" -w 'log:^ready$' -t 10 sh -c "
		head -c 300000 /dev/zero | tr '\\0' x; echo; echo ready; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -L "$T/log" -w 'log:real.y' -t 10 sh -c "
		printf 'a\\000b real\\000y\\n'; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -L "$T/log" -w 'log:^ready$' -t 10 sh -c "
		seq 1000; sleep 0.1; : >$T/log; echo ready; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -L "$T/log" -w 'log:^ready$' -t 10 sh -c "
		head -c 5000000 /dev/urandom; echo; echo ready; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	# It begins anew, and is longer than it was.
	seq 100 >"$T/log"
	start -p "$F" -L "$T/log" -w 'log:^ready$' -t 10 sh -c "
		{ echo ready; seq 1000; } >$T/log; exec ${nap[*]}"
	assert_started
	start --stop -p "$F"
	start -p "$F" -L "$T/log2" -w 'log:^ready$' -t 10 sh -c "
		seq 100; sleep 0.1; { echo ready; seq 1000; } >$T/log2; exec ${nap[*]}"
	assert_started
}

@test "log: one that begins anew before it is looked at, in the user's place" {
	needroot
	needprogram strace
	mkdir "$T/own"
	chown nobody "$T/own"
	executable "$T/anew" <<-END
		#!/bin/sh
		{ echo ready; seq 1000; } >"$T/own/log"
		echo >"$T/own/written"
		exec ${nap[*]}
	END
	setpriv --reuid=65534 --clear-groups sh -c "seq 100 >$T/own/log"
	run_c strace -qq -o "$CAP/strace" -e trace=recvmsg \
		-e inject=recvmsg:delay_enter=500000:when=1 "$DAEMONIZE" -p "$F" \
		-u nobody -L "$T/own/log" -w 'log:^ready$' -t 10 "$T/anew"
	assert_status 0
	grep -q DELAYED "$CAP/strace" || fail 'not delayed'
	assert_started
}

@test "log: one that begins anew in a new root without /proc" {
	needroot
	needprogram strace ldd
	local file sh
	sh=$(readlink -f "$(type -P dash || type -P sh)")
	for file in "$sh" $(ldd "$sh" | grep -o '/[^ ]*'); do
		mkdir -p "$T/root${file%/*}"
		cp "$file" "$T/root$file"
	done
	cp "$HELPERS/static" "$T/root/"
	mkdir "$T/root/own"
	chown nobody "$T/root/own"
	setpriv --reuid=65534 --clear-groups sh -c "seq 100 >$T/root/own/log"
	run_c strace -qq -o "$CAP/strace" -e trace=recvmsg \
		-e inject=recvmsg:delay_enter=500000:when=1 "$DAEMONIZE" -p "$F" \
		-u nobody -r "$T/root" -L "$T/root/own/log" -w 'log:^ready$' -t 10 \
		"$sh" -c '{ echo ready; i=0; while [ $((i += 1)) -lt 300 ]; do echo $i
			done; } >/own/log; exec /static text'
	assert_status 0
	grep -q DELAYED "$CAP/strace" || fail 'not delayed'
	assert_started
}

# read_by PID: how many bytes it has read so far.
read_by() { sed -n 's/^rchar: //p' "/proc/$1/io"; }

has_read_more() { (($(read_by "$front") > $1)); }

@test "log: what was read counts, whatever becomes of the file before the next look" {
	needprogram strace pgrep
	local front first later
	executable "$T/app" <<-END
		#!/bin/sh
		echo "\$1"
		: >"$T/said"
		until test -e "$T/go"; do :; done
		eval "\$2" >"$T/log"
		: >"$T/done"
		exec ${nap[*]}
	END
	while IFS='|' read -r first later; do
		rm -f "$T/said" "$T/go" "$T/done"
		seq 100 >"$T/log"
		# Held up before its first look at the text, and right after it.
		run_bg strace -qq -o "$CAP/strace" -e trace=pread64 -P "$T/log" \
			-e inject=pread64:delay_enter=1000000:delay_exit=2000000:when=2 \
			"$DAEMONIZE" -p "$F" -L "$T/log" -w 'log:^ready$' -t 10 \
			"$T/app" "$first" "$later"
		wait_for test -e "$T/said"
		front=$(pgrep -P "$bg")
		wait_for has_read_more "$(read_by "$front")"
		touch "$T/go"
		wait_for test -e "$T/done"
		is_in_state "$front" t || fail "it was let go too early"
		wait_gone "$bg"
		status=0
		wait "$bg" || status=$?
		assert_status 0 || fail "$first: $(cat "$CAP/bg.err")"
		start --stop -p "$F"
	done <<-'END'
		ready|:
		early|echo ready; seq 1000
	END
}

@test "log: what is written much faster than others write is read without pauses" {
	local TIMEFORMAT='%R %U %S'
	# Nearly all of it is a hole.
	script fast <<-END
		truncate -s 400M $T/log
		echo ready
		exec ${nap[*]}
	END
	{ time start -p "$F" -L "$T/log" -w log:ready -t 60 "$T/fast"; } 2>"$CAP/time"
	assert_started
	# Some libraries take their time for it, but it is used.
	awk '{ exit $1 - 3 * ($2 + $3) >= 5 }' "$CAP/time" || fail "$(cat "$CAP/time")"
}

# wakes_late FILE: the front is stopped, which waits 3 s at most, until its program
# has made that, and its time is over.
wakes_late() {
	local front=$bg
	wait_for test -e "$T/runs"
	kill -STOP "$front"
	touch "$T/go"
	wait_for test -e "$1"
	sleep 3.6 # longer than its time, and what a last look may take
	kill -CONT "$front"
	wait_gone "$front"
	status=0
	wait "$front" || status=$?
}

@test "log: what was written in time counts, however much it is" {
	executable "$T/late" <<-END
		#!/bin/sh
		: >"$T/runs"
		until test -e "$T/go"; do sleep 0.01; done
		truncate -s 2M "$T/err"
		echo ready >&2
		: >"$T/written"
		exec ${nap[*]}
	END
	run_bg "$DAEMONIZE" -p "$F" -o "$T/out" -e "$T/err" -w log:ready -t 3 \
		"$T/late"
	wakes_late "$T/written"
	assert_status 0 || fail "$(cat "$CAP/bg.err")"
}

@test "log: whoever writes more than can be read moves no deadline" {
	local before
	before=$(milliseconds)
	run_d -p "$F" -L "$T/log" -w log:ready -t 0.5 sh -c "
		truncate -s 1T $T/log; exec ${nap[*]}"
	assert_status 124
	((before = $(milliseconds) - before, before < 8000)) ||
		fail "after $before milliseconds"
	nothing_left hole
}

@test "log: a digit behind a backslash may be text" {
	local regex
	for regex in '^a[\1]$' '^a[^]\1]' '^a[[:alpha:]\1]' '\\1' '\[(x)[\1]'; do
		start -p "$F" -L "$T/log" -w "log:$regex" -t 10 sh -c '
			printf "%s\n" "a\\" "ab" "\\1" "[x\\"; exec '"${nap[*]}"
		assert_started || fail "$regex" || return 1
		start --stop -p "$F"
		rm "$T/log"
	done
}

@test "log: an output that cannot be read is said at once" {
	mkfifo "$T/fifo"
	for output in /dev/null /dev/full; do
		run_d -p "$F" -o "$output" -w log:ready -t 15 sh -c ": >$T/ran"
		assert_refused 73 'cannot get ready: log:ready: no output of it is a file' ||
			return 1
		refute_exists "$T/ran"
		nothing_left "$output" || return 1
	done
	# One that only its opening tells: root cannot do all everywhere.
	((EUID == 0)) || return 0
	run_c setpriv --inh-caps=-all --bounding-set=-all "$DAEMONIZE" -p "$F" \
		-L "$T/new" --log-mode=0200 -w log:ready -t 15 sh -c ": >$T/ran"
	assert_refused 73 'cannot get ready: log:ready: no output of it is a file'
	refute_exists "$T/ran"
	nothing_left new
}

@test "log: an output whose file system fails is waited for no longer than any" {
	needprogram strace
	run_c strace -qq -o "$CAP/trace" -e trace=pread64 -P "$T/log" \
		-e inject=pread64:error=EIO:when=2+ "$DAEMONIZE" -p "$F" \
		-L "$T/log" -w log:ready -t 0.5 sh -c "echo ready; exec ${nap[*]}"
	assert_status 124
	grep -q INJECTED "$CAP/trace" || fail 'nothing was injected'
	nothing_left EIO
}

@test "check: tried until it succeeds" {
	start -p "$F" -w "check:echo x >>$T/tries; test -e $T/made" -t 10 \
		sh -c "sleep 0.3; touch $T/made; exec ${nap[*]}"
	assert_started
	(($(wc -l <"$T/tries") > 2)) || fail "tried $(wc -l <"$T/tries") times"
	# And the longer the pauses, the fewer: 10 milliseconds, 20, 40 ...
	rm "$T/tries"
	run_d -w "check:echo x >>$T/tries; false" -t 1 "${nap[@]}"
	assert_refused 124 'cannot get ready: '
	(($(wc -l <"$T/tries") < 20)) || fail "tried $(wc -l <"$T/tries") times"
	# What it says is for -v.
	local noisy='check:echo said; echo complained >&2'
	run_d -w "$noisy" "${nap[@]}"
	assert_status 0
	assert_silent
	run_d -v -w "$noisy" "${nap[@]}"
	assert_out ''
	assert_match "$err" $'(^|\n)said\ncomplained\n'
}

@test "check: tried until shortly before the timeout" {
	local before tries
	before=$(milliseconds)
	run_d -w "check:date +%s%3N >>$T/tries; false" -t 2 "${nap[@]}"
	assert_refused 124 'cannot get ready: '
	mapfile -t tries <"$T/tries"
	((tries[-1] - before > 1600)) || fail "last after $((tries[-1] - before)) ms"
}

@test "check: one that takes its time is let, whoever else ends meanwhile" {
	start -p "$F" -w "check:echo try >>$T/tries; sleep 0.6" -t 15 sh -c "
		for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.01 &); sleep 0.05; done
		exec ${nap[*]}"
	assert_started
	assert_content "$T/tries" try
}

@test "check: runs as the caller, with nothing of ours" {
	needroot
	cd "$T/run"
	umask 027
	run_c env DZ_CALLERS=yes "$DAEMONIZE" -p "$F" -u nobody -L "$T/log" \
		-w "check:{ id -u; pwd; umask; echo \$DZ_CALLERS \$NOTIFY_SOCKET
			ls /proc/self/fd | xargs; readlink /proc/self/fd/0
			grep -h ^SigBlk /proc/self/status; } >$T/seen" \
		-w fd:9 -w notify -w log:^ -w alive:0.1 \
		sh -c "systemd-notify --ready; echo; echo >&9; exec ${nap[*]}"
	assert_status 0
	assert_content "$T/seen" "0
$T/run
0022
yes
0 1 2 3
/dev/null
SigBlk:	0000000000000000"
	assert_content "$T/log" ''
}

@test "check: where there is no shell, that is said" {
	needroot
	needprogram unshare
	echo '#!/nowhere/sh' | executable "$T/none"
	run_c unshare -m --propagation private sh -c \
		'mount --bind "$1" /bin/sh && shift && exec "$@"' sh "$T/none" \
		"$DAEMONIZE" -p "$F" -w check:true "${nap[@]}"
	assert_refused 71 'cannot wait for: check:true: No such file or directory \(/bin/sh\)$'
	assert_equal "$(names "$T/run")" ""
	assert_no_process
}

@test "check: one that hangs is ended in time, with what it has started" {
	local before
	before=$(milliseconds)
	# Although the daemon takes its time.
	run_bg "$DAEMONIZE" -p "$F" --retry=TERM/3/KILL/5 -t 0.3 \
		-w "check:trap '' TERM HUP INT; ${nap[*]} & ${nap[*]}" \
		sh -c "trap '' TERM; touch $T/up; while :; do sleep 0.05; done"
	wait_for_check_gone() { [[ -e $T/up ]] && ! pgrep -f "^${nap[*]}" >/dev/null; }
	wait_for pgrep -f "^${nap[*]}"
	wait_for wait_for_check_gone
	alive "$bg" || fail "the check was there as long as the daemon"
	status=0
	wait "$bg" || status=$?
	assert_status 124
	nothing_left check
}

@test "check: one that a file system holds hides no end, and is not the daemon" {
	local before check
	# The shell itself hangs, or what it has started.
	for check in 'test -e' 'cat 2>/dev/null'; do
		hanging lookup 0
		check+=" /proc/$bg/root$T/hang/file; false"
		before=$(milliseconds)
		run_d -p "$F" -w "check:$check" -t 15 sh -c 'sleep 0.2; exit 3'
		assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 3\)$'
		run_d -p "$F" -w "check:$check" -t 0.5 --retry TERM/2/KILL/1 "${nap[@]}"
		assert_refused 124 'cannot get ready: .*: not ready in time, so it was stopped \('
		((before = $(milliseconds) - before, before < 8000)) ||
			fail "$check: after $before milliseconds"
		kill -KILL "$bg"
		wait_for none_of_ours
		nothing_left "$check"
	done
}

@test "check: those that a file system has held give way when it lets go" {
	local keeper
	hanging lookup 0
	keeper=$bg
	echo "/proc/$keeper/root$T/hang/file" >"$T/way"
	# Each try leaves one behind, until there is no room for more.
	executable "$T/try" <<-END
		#!/bin/sh
		echo >>"$T/tries"
		cat "\$(cat "$T/way")" &
		until grep -q '(cat) [DS]' /proc/\$!/stat || test -e "$T/free"; do
			sleep 0.01
		done
		test -e "$T/free"
	END
	tried() { (($(wc -l <"$T/tries") >= $1)); }
	# Who takes messages has a place, and is heard all the time.
	run_d -p "$F" -t 12 -w notify -w "check:$T/try" sh -c "
		systemd-notify --status=waiting; exec ${nap[*]}"
	assert_refused 124 'cannot get ready: sh: .*\(notify, 12 s; its last status: waiting\)$'
	# One may have slept for another reason, and could be ended.
	tried 9 || fail "$(wc -l <"$T/tries") tries"
	! tried 13 || fail "$(wc -l <"$T/tries") tries"
	kill -KILL "$keeper"
	rm "$T/tries"
	hanging lookup 0
	keeper=$bg
	echo "/proc/$keeper/root$T/hang/file" >"$T/way"
	run_bg "$DAEMONIZE" -p "$F" -t 50 -w "check:$T/try" "${nap[@]}"
	wait_for tried 10
	touch "$T/free"
	kill -KILL "$keeper"
	status=0
	wait "$bg" || status=$?
	assert_status 0
	start --stop -p "$F"
}

@test "check: the terminal does not stop it" {
	needprogram stty
	run_c "$HELPERS/pty" sh -c 'stty tostop <&2; exec "$@"' sh "$DAEMONIZE" -v -p "$F" \
		-t 15 -w "check:echo hello; cat /dev/tty || echo no reading" "${nap[@]}"
	assert_status 0
	assert_match "$out" $'\nhello\r\n'
	assert_match "$out" $'\nno reading\r\n'
}

@test "check: one that leaves its process group is not the daemon's, and goes" {
	needprogram python3
	cat >"$T/leave.py" <<-'END'
		import os, time
		os.setpgid(0, os.getpgid(os.getppid()))
		time.sleep(600)
	END
	run_d -p "$F" -t 15 -w notify -w "check:exec python3 $T/leave.py" \
		sh -c 'sleep 1; exit 0'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 0\)$'
	nothing_left check
}

@test "check: nothing of it is left when the daemon is ready" {
	start -p "$F" -w "check:${nap[*]} & test -e $T/made" -t 10 \
		sh -c "sleep 0.2; touch $T/made; while :; do read x <$T/run/pid; sleep 1; done"
	assert_started
	refute pgrep -f "^${nap[*]}"
}

@test "several conditions: all of them, in any order" {
	start -p "$F" -L "$T/log" -w "file:$T/one" -w log:two -w fd:8 -w alive:0.2 \
		-w "check:test -e $T/one" -w notify -w exec -t 15 sh -c "
		systemd-notify --ready; echo >&8; sleep 0.1; echo two; sleep 0.1
		touch $T/one; exec ${nap[*]}"
	assert_started
	assert_exists "$T/one"
	start --stop -p "$F"
	rm "$T/one"
	run_d -p "$F" -w "file:$T/one" -w fd:8 -t 0.4 sh -c "touch $T/one; exec ${nap[*]}"
	assert_refused 124 'cannot get ready: sh: .*\(fd:8, 0\.4 s\)$'
}

# How it fails.

@test "a death is seen at once, with its cause, whatever is awaited" {
	local condition how wanted before
	ulimit -c 0
	while read -r condition; do
		while IFS='|' read -r how wanted; do
			rm -f "$T/out"
			waiting "$condition"
			before=$(milliseconds)
			run_d "${options[@]}" -t 60 sh -c "$how"
			assert_refused 69 "cannot get ready: sh: it ended before it was ready \\($wanted\\)\$" ||
				fail "$condition, $how" || return 1
			(($(milliseconds) - before < 5000)) ||
				fail "$condition, $how: took long" || return 1
			nothing_left "$condition, $how" || return 1
		done <<-'END'
			exit 7|exit status 7
			exit 0|exit status 0
			sleep 600 & sleep 0.1; kill -KILL $$|signal 9, SIGKILL
		END
	done < <(unmet)
}

@test "every signal that ends it has its name" {
	local n name
	ulimit -c 0
	while read -r n name; do
		run_d -w notify -t 60 sh -c "kill -$n \$\$"
		assert_refused 69 "cannot get ready: sh: .* \\(signal $n$name\\)\$" || return 1
	done <<-END
		1 , SIGHUP
		6 , SIGABRT
		11 , SIGSEGV
		15 , SIGTERM
		31 , SIGSYS
		64
	END
}

@test "a core dump is said, if there is one" {
	local dumped
	ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -H -c)"
	cd "$T"
	dumped=$(bash -c 'sh -c '\''kill -ABRT $$'\''; :' 2>&1)
	[[ $dumped == *"core dumped"* ]] && dumped=", core dumped" || dumped=
	run_d -c "$T" -w fd:7 sh -c 'kill -ABRT $$'
	assert_refused 69 "cannot get ready: sh: it ended before it was ready \\(signal 6, SIGABRT$dumped\\)\$"
}

@test "not ready in time: everything is ended and removed, whatever is awaited" {
	local condition quoted
	# A child, one in a session of its own, and a grandchild.
	script tree <<-END
		echo "\$NOTIFY_SOCKET" >$T/socket
		${nap[*]} &
		setsid ${nap[*]} &
		(setsid sh -c '${nap[*]} & ${nap[*]}' &)
		wait
	END
	while read -r condition; do
		rm -f "$T/socket" "$T/out"
		waiting "$condition"
		[[ $condition != alive:* ]] || options+=(-w fd:9)
		run_d "${options[@]}" -t 0.35 "$T/tree" 2>/dev/null ||
			fail "$condition" || return 1
		[[ $condition != alive:* ]] || { assert_status 64; continue; }
		quoted=${condition//[$^]/.}
		assert_refused 124 "cannot get ready: $T/tree: not ready in time, so it was stopped \\($quoted, 0\\.(3[5-9]|4[0-9]?|[5-9]) s" ||
			return 1
		nothing_left "$condition" || return 1
		flock -n "$T/run/lock2" true
		rm "$T/run/lock2"
	done < <(unmet)
}

@test "however few descriptors there are, nothing is started, or all of it is looked after" {
	local n condition program before whole=0 refused=0
	for n in {8..27}; do
		while IFS='|' read -r condition program; do
			[[ -n $condition ]] || continue
			rm -f "$T/socket"
			before=$(milliseconds)
			run_c bash -c 'ulimit -Sn "$0" && exec "$@"' "$n" "$DAEMONIZE" \
				-p "$F" -w "$condition" -t 0.2 --retry=TERM/4/KILL/4 \
				sh -c "$program"
			case $status in
			66 | 71 | 73)
				refused=$((refused + 1))
				assert_message 'cannot .*: (Too many open files|No file descriptors available)$' ;;
			69)
				whole=$((whole + 1))
				assert_message 'cannot get ready: sh: it ended before it was ready \(exit status 7\)$' ;;
			*)
				whole=$((whole + 1))
				assert_refused 124 'cannot get ready: sh: not ready in time, so it was stopped \(' ;;
			esac || fail "$condition, $n descriptors" || return 1
			(($(milliseconds) - before < 4000)) ||
				fail "$condition, $n descriptors: took long" || return 1
			nothing_left "$condition, $n descriptors" || return 1
		done <<-END
			fd:7|exit 7
			notify|echo "\$NOTIFY_SOCKET" >$T/socket; ${nap[*]} & ${nap[*]}
			file:$T/never|${nap[*]} & ${nap[*]}
			check:false|${nap[*]} & ${nap[*]}
			$(! sees_proc || echo "listen:$port|exit 7")
		END
	done
	((whole > 5 && refused > 20)) || fail "$whole whole, $refused refused"
}

@test "a start that has no descriptor left meanwhile ends the daemon all the same" {
	needprogram prlimit
	local front hard
	run_bg "$DAEMONIZE" -p "$F" -w fd:7 -t 100 --retry=TERM/20 "${nap[@]}"
	front=$bg
	wait_for not_empty "$F"
	pid=$(cat "$F")
	track "$pid"
	wait_for test "/proc/$pid/exe" -ef "${nap[0]}"
	hard=$(prlimit --pid "$front" --noheadings -o HARD --nofile)
	prlimit --pid "$front" --nofile="0:${hard// }"
	kill -TERM "$front"
	wait_gone "$pid"
	# Now it can see that, too, if it has not.
	prlimit --pid "$front" --nofile="100:${hard// }" || wait_gone "$front"
	status=0
	wait "$front" || status=$?
	assert_status 143
	nothing_left 'no descriptors'
}

@test "who is dead, and kept by a tracer, is neither waited for nor left" {
	local front tracer victim
	cat >"$CAP/tracer.py" <<-'END'
		import ctypes, sys, time
		ptrace = ctypes.CDLL(None).ptrace
		ptrace.argtypes = [ctypes.c_long] * 4
		# PTRACE_SEIZE
		assert ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0
		print("traced", flush=True)
		time.sleep(600)
	END
	for victim in pid child; do
		run_bg "$DAEMONIZE" -p "$F" -w fd:7 -t 30 sh -c "
			${nap[*]} & echo \$! >$T/child
			echo \$\$ >$T/pid; exec ${nap[*]}"
		front=$bg
		wait_for test -s "$T/pid"
		rm -f "$CAP/traced"
		python3 -SI "$CAP/tracer.py" "$(cat "$T/$victim")" \
			>"$CAP/traced" &
		tracer=$!
		track "$tracer"
		wait_for has_line "$CAP/traced" traced
		kill -TERM "$front"
		status=0
		wait "$front" || status=$?
		assert_status 143
		assert_exists "/proc/$(cat "$T/$victim")"
		assert_match "$(cat "$CAP/bg.err")" '^[^()]*$'
		kill "$tracer"
		wait_gone "$(cat "$T/$victim")"
		rm "$T/pid"
		nothing_left "traced $victim"
	done
}

@test "the time in the message is the time that it took" {
	run_d -w fd:7 -t 0.05 "${nap[@]}"
	assert_refused 124 'cannot get ready: .*\(fd:7, 0\.(0[5-9]|1).* s\)$'
}

@test "--keep-on-timeout: it runs on, and is known not to be ready" {
	run_d -p "$F" -w fd:7 -t 0.2 --keep-on-timeout "${nap[@]}"
	assert_refused 124 'cannot get ready: .*: not ready in time, but left running'
	pid=$(cat "$F")
	assert_alive "$pid"
	assert_equal "$(names "$T/run")" "pid pid.id" "files"
	run_d --status -p "$F"
	assert_status 0
	assert_match "$out" 'not ready'
	run_d --status --json -p "$F"
	assert_equal "$(json ready)" false "ready"
	assert_equal "$(json pid)" "$pid" "pid"
	run_d -p "$F" "${nap[@]}"
	assert_status 75
	start --stop -p "$F"
	refute_alive "$pid"
	# A child is left alone as well, and nothing of ours stays.
	run_d -p "$F" -w notify -w fd:7 -t 0.2 --keep-on-timeout sh -c "
		echo \$NOTIFY_SOCKET >$T/socket; ${nap[*]} & echo \$! >$T/child; wait"
	assert_status 124
	assert_alive "$(cat "$T/child")"
	refute_exists "$(dirname "$(cat "$T/socket")")"
}

wrote_or_died() { [[ -s $T/on ]] || gone "$1"; }

@test "--keep-on-timeout: fd: it may write there when it is ready after all" {
	run_d -p "$F" -w fd:7 -t 0.2 --keep-on-timeout sh -c "
		while [ ! -e $T/go ]; do sleep 0.02; done
		head -c 50000 /dev/zero >&7; echo >&7; echo on >$T/on; exec sleep 600"
	assert_refused 124 'cannot get ready: .*: not ready in time, but left running'
	pid=$(cat "$F")
	touch "$T/go"
	wait_for wrote_or_died "$pid"
	assert_alive "$pid"
	start --stop -p "$F"
	# Its end is seen all the same.
	run_d -p "$F" -w fd:7 -t 30 --keep-on-timeout \
		sh -c 'exec 7>&-; exec '"${nap[*]}"
	assert_refused 69 'cannot get ready: .*: it was closed without a newline'
	nothing_left fd
}

# kept_and_known: the daemon of the pidfile is known not to be ready; ends it.
kept_and_known() {
	pid=$(cat "$F")
	track "$pid"
	assert_alive "$pid"
	run_d --status -p "$F"
	assert_status 0
	assert_match "$out" "process $pid.*, not ready"
	run_d -p "$F" "${nap[@]}"
	assert_status 75
	start --stop -p "$F"
	nothing_left kept
}

@test "--keep-on-timeout: one in the background is kept if the pidfile can name it" {
	script forking <<-END
		${nap[*]} &
		echo \$! >$T/main
		systemd-notify "MAINPID=\$!"
		exit 0
	END
	run_d -p "$F" -w notify -t 2 --keep-on-timeout "$T/forking"
	assert_refused 124 'cannot get ready: .*: not ready in time, but left running \(notify, 2 s\)$'
	assert_content "$F" "$(cat "$T/main")"
	kept_and_known
	if sees_proc; then
		run_d -p "$F" -w "listen:$port" -w check:false -t 2 --keep-on-timeout \
			"$T/listener" fork=1 "tcp=127.0.0.1:$port"
		assert_refused 124 'cannot get ready: .*: not ready in time, but left running \(check:false, 2 s; its last try: exit status 1\)$'
		kept_and_known
	fi
	# It has named a child, which is dead and not reaped by then.
	run_d -p "$F" -w notify -t 2 --keep-on-timeout sh -c "sleep 0.5 &
		systemd-notify MAINPID=\$!; exec ${nap[*]}"
	assert_refused 124 'cannot get ready: sh: not ready in time, but left running \(notify, 2 s\)$'
	kept_and_known
	# Nobody is told to stay who is known.
	run_d -p "$F" -w notify -t 2 "$T/forking"
	assert_refused 124 'cannot get ready: .*: not ready in time, so it was stopped \(notify, 2 s\)$'
	nothing_left forking
	# A pidfile that cannot name it would let a second one start.
	run_d -p "$F" -w notify -t 0.7 --keep-on-timeout sh -c "${nap[*]} & exit 0"
	assert_refused 124 'cannot get ready: sh: not ready in time, so it was stopped \(notify, 0\.7 s; it put itself in the background: run it in the foreground\)$'
	nothing_left nameless
	run_d -w notify -t 0.7 --keep-on-timeout sh -c "${nap[*]} & echo \$! >$T/main; exit 0"
	assert_refused 124 'cannot get ready: sh: not ready in time, but left running \(notify, 0\.7 s; it put itself in the background: run it in the foreground\)$'
	assert_alive "$(cat "$T/main")"
}

@test "--status knows what was awaited: true, false, or nothing" {
	start -p "$F" "${nap[@]}"
	run_d --status --json -p "$F"
	assert_equal "$(json ready)" null "ready without --ready"
	start --stop -p "$F"
	start -p "$F" -w alive:0.1 "${nap[@]}"
	run_d --status --json -p "$F"
	assert_equal "$(json ready)" true "ready with it"
	run_d --status -p "$F"
	assert_match "$out" ', ready'
	start --stop -p "$F"
	# While it is awaited.
	run_bg "$DAEMONIZE" -p "$F" -w "file:$T/go" -t 15 "${nap[@]}"
	wait_for not_empty "$F"
	run_d --status --json -p "$F"
	assert_equal "$(json ready)" false "ready while it waits"
	touch "$T/go"
	wait "$bg"
	run_d --status --json -p "$F"
	assert_equal "$(json ready)" true "ready then"
}

# awaited_meanwhile COMMAND...: it is done while a daemon is awaited, which is
# ready then.
awaited_meanwhile() {
	rm -f "$T/go"
	run_bg "$DAEMONIZE" -p "$F" -w "file:$T/go" -t 15 "${nap[@]}"
	wait_for not_empty "$F"
	"$@"
	touch "$T/go"
	status=0
	wait "$bg" || status=$?
}

@test "a pidfile that goes away during the wait is written again" {
	local gone
	for gone in "$F" "$F.id" "$F $F.id"; do
		# shellcheck disable=SC2086
		awaited_meanwhile rm $gone
		assert_status 0
		not_empty "$F" && not_empty "$F.id" || fail "$gone" || return 1
		run_d --status -p "$F"
		assert_status 0
		start --stop -p "$F"
	done
}

@test "a pidfile that goes away during a wait that fails leaves no part of a stale one" {
	local gone
	for gone in "$F" "$F.id" "$F $F.id"; do
		start -p "$F" true
		wait_for none_of_ours
		run_bg "$DAEMONIZE" -p "$F" -w fd:7 -t 100 "${nap[@]}"
		wait_for not_empty "$F"
		wait_for has_line "$F.id" 'ready no'
		# shellcheck disable=SC2086
		rm $gone
		kill -TERM "$bg"
		wait "$bg" || :
		assert_equal "$(names "$T/run")" "pid pid.id" "files after $gone"
		run_d --status -p "$F"
		assert_status 1
	done
}

@test "a pidfile that the program writes anew during the wait is its own" {
	# shellcheck disable=SC2016
	awaited_meanwhile sh -c 'cp "$1" "$1.new" && mv "$1.new" "$1"' sh "$F"
	assert_status 0
	start --stop -p "$F"
}

@test "the proof of another daemon, of a start during the wait, stays" {
	local second
	second_start() {
		rm "$F" "$F.id" "$F.lock"
		start -p "$F" "${nap[@]}"
		second=$(cat "$F")
	}
	awaited_meanwhile second_start
	assert_status 77
	assert_match "$(cat "$CAP/bg.err")" \
		"cannot write pidfile: $F: unsafe: it was replaced while in use \(pid.id\)\$"
	run_d --status -p "$F"
	assert_status 0
	assert_content "$F" "$second"
	start --stop -p "$F"
	assert_no_process
}

@test "a failed wait ends it by the schedule of --retry" {
	script deaf <<-END
		trap 'echo usr1 >>$T/heard' USR1
		trap 'echo term >>$T/heard' TERM
		echo up >$T/up
		while :; do sleep 0.02; done
	END
	run_d -p "$F" -w fd:7 -t 0.3 --retry=USR1/1/TERM/1/KILL/5 "$T/deaf"
	assert_status 124
	assert_content "$T/heard" "usr1
term"
	nothing_left deaf
	# One that is stopped hears of it, too, and one that ignores it dies.
	# It waits for the end of its session's leader, by which the kernel would
	# wake it.
	run_d -p "$F" -w fd:7 -t 0.3 --retry=TERM/1 sh -c 'trap "" TERM
		read -r stat </proc/$$/stat; set -- $stat
		while [ -e "/proc/$6" ]; do :; done; kill -STOP $$'
	assert_status 124
	nothing_left stopped
}

# signalled SIGNAL FILE SECOND COMMAND...: the command gets the signal when the
# file is there, and once more when SECOND is; $out is its end: -2, or 1.
signalled() {
	cat >"$CAP/signalled" <<-'END'
		import os, subprocess, sys, time
		number, first, second = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		p = subprocess.Popen(sys.argv[4:])
		for path in (first, second):
		    while path and not os.path.exists(path) and p.poll() is None:
		        time.sleep(0.005)
		    if path and p.poll() is None:
		        p.send_signal(number)
		print(p.wait())
	END
	run_c python3 -SI "$CAP/signalled" "$@"
}

@test "a signal ends the wait, cleans up, and ends us as well" {
	local n condition
	for n in 2 15 1 3; do
		rm -f "$T/up"
		signalled $n "$T/up" '' "$DAEMONIZE" -p "$F" -w notify -w fd:7 -w check:false -w \
			"listen:$port" -t 60 sh -c "echo \$NOTIFY_SOCKET >$T/socket; touch $T/up
			setsid ${nap[*]} & ${nap[*]}"
		assert_equal "$out" "-$n" "its end" || return 1
		assert_match "$err" 'daemonize: cannot (get ready|execute): .*interrupted' || return 1
		assert_line_count 1 err || return 1
		nothing_left "signal $n" || return 1
	done
}

@test "a second signal does not wait for the schedule" {
	local schedule
	for schedule in TERM/60 forever/TERM/60; do
		rm -f "$T/up" "$T/heard"
		signalled 2 "$T/up" "$T/heard" "$DAEMONIZE" -p "$F" -w fd:7 -t 60 \
			--retry="$schedule" sh -c "trap 'touch $T/heard' TERM
			touch $T/up; while :; do sleep 0.02; done"
		assert_equal "$out" -2 "its end with $schedule"
		nothing_left "$schedule"
	done
}

@test "a signal that the caller ignores does not end the wait" {
	run_bg "$HELPERS/dirty" sigign -- "$DAEMONIZE" -p "$F" -w "file:$T/go" -t 15 "${nap[@]}"
	wait_for not_empty "$F"
	kill -INT "$bg"
	kill -TERM "$bg"
	touch "$T/go"
	wait "$bg"
	assert_alive "$(cat "$F")"
}

@test "every wrong condition, time and combination is said before anything starts" {
	cat >"$T/wrong" <<-'END'
		# One line for each that is not refused as it has to be.
		while IFS='|' read -r args wanted; do
			error=$(eval "timeout 10 $1 $args sleep 600" 2>&1 >/dev/null)
			status=$?
			wanted="daemonize: cannot understand the command line: $wanted"
			[[ $status == 64 && $error == "$wanted"* && $error != *$'\n'* ]] ||
				echo "$args: status $status, $error"
			echo x >>"$2"
		done
	END
	INPUT=$T/table
	cat >"$INPUT" <<-'END'
		-w ""|--ready
		-w nothing|--ready: no such condition; there are exec alive:SECONDS notify fd:N listen:ADDRESS file:PATH log:REGEX check:COMMAND
		-w notif|--ready: no such condition
		-w notifyx|--ready: no such condition
		-w :7|--ready: no such condition
		-w exec:|--ready
		-w exec:1|--ready
		-w notify:|--ready
		-w notify:1|--ready
		-w alive|--ready
		-w alive:|--ready
		-w alive:0|--ready
		-w alive:-1|--ready
		-w alive:x|--ready
		-w alive:1x|--ready
		-w 'alive: 1'|--ready
		-w alive:1e3|--ready
		-w alive:inf|--ready
		-w alive:99999999999999999999|--ready
		-w alive:31536001|--ready: alive:SECONDS takes a number above 0, a year at most
		-w fd|--ready
		-w fd:|--ready
		-w fd:0|--ready
		-w fd:1|--ready
		-w fd:2|--ready
		-w fd:-3|--ready
		-w fd:+3|--ready
		-w fd:03x|--ready
		-w fd:4294967299|--ready
		-w listen|--ready
		-w listen:|--ready
		-w listen:0|--ready
		-w listen:65536|--ready
		-w listen:x|--ready
		-w listen:http|--ready
		-w listen:localhost:80|--ready
		-w listen:127.0.0.1:|--ready
		-w listen::80|--ready
		-w listen:127.0.0.1.1:80|--ready
		-w listen:::1:80|--ready
		-w listen:[::1]|--ready
		-w listen:[::1:80|--ready
		-w listen:[]:80|--ready
		-w listen:[127.0.0.1]:80|--ready
		-w listen:/|--ready
		-w listen:@|--ready
		-w "listen:/$(printf 'x%.0s' {1..107})"|--ready
		-w "listen:@$(printf 'x%.0s' {1..108})"|--ready
		-w file|--ready
		-w file:|--ready
		-w log|--ready
		-L /dev/null -w log:|--ready
		-L /dev/null -w 'log:('|--ready
		-L /dev/null -w 'log:a{1'|--ready
		-L /dev/null -w 'log:(a*)*\1b'|--ready: log:REGEX has a back-reference
		-L /dev/null -w 'log:[]\](a)\\\1'|--ready: log:REGEX has a back-reference
		-L /dev/null -w 'log:[[:alpha:]](a)\1'|--ready: log:REGEX has a back-reference
		-w log:x|--ready: log: needs
		-w check|--ready
		-w check:|--ready
		-t 1|--timeout: it needs --ready
		--keep-on-timeout|--keep-on-timeout: it needs --ready
		-w notify -t 0|--timeout
		-w notify -t -1|--timeout
		-w notify -t x|--timeout
		-w notify -t ''|--timeout
		-w notify -t 1s|--timeout
		-w notify -t nan|--timeout
		-w notify -t 99999999999999999999|--timeout
		-w alive:5 -t 1|--timeout: it is shorter
		-f -w notify|--ready: it contradicts --foreground
		-f -w exec|--ready: it contradicts --foreground
		-w notify -E NOTIFY_SOCKET|--env: it contradicts --ready: NOTIFY_SOCKET
		-w notify -E NOTIFY_SOCKET=/x|--env: it contradicts --ready: NOTIFY_SOCKET
		-w fd:0 --keep-fd 0|--
		-w fd:9 --keep-fd 9|--ready: it contradicts --keep-fd
	END
	RUN_SECONDS=60 run_c bash "$T/wrong" "$DAEMONIZE" "$T/count"
	assert_status 0
	assert_silent
	(($(wc -l <"$T/count") > 70))
	assert_no_process
	echo NOTIFY_SOCKET=/x >"$T/env"
	run_d -w notify --env-file="$T/env" "${nap[@]}"
	assert_refused 64 'cannot understand the command line: --env-file: it contradicts --ready: NOTIFY_SOCKET$'
}

@test "fd: a descriptor that is an output cannot be the one that is awaited" {
	run_c bash -c 'exec "$0" -w fd:5 -t 1 -o /dev/fd/5 "${@:2}" 5>"$1"' "$DAEMONIZE" "$T/five" \
		sh -c 'echo text; exec sleep 600'
	assert_refused 64 'cannot understand the command line: /dev/fd/5: --ready takes'
}

# Programs that put themselves in the background.

@test "one that puts itself in the background is told to stay" {
	local condition
	while read -r condition; do
		case $condition in
		notify | listen:*) continue ;;
		esac
		waiting "$condition"
		# A descriptor of it is open still.
		run_d "${options[@]}" -t 60 sh -c "${nap[*]} & exit 0"
		assert_refused 69 'cannot get ready: sh: it put itself in the background: run it in the foreground' ||
			fail "$condition" || return 1
		nothing_left "$condition" || return 1
	done < <(unmet)
}

@test "one that has put itself in the background, and is not named, is told so at the timeout" {
	local condition conditions=(notify)
	! sees_proc || conditions+=("listen:$port")
	for condition in "${conditions[@]}"; do
		waiting "$condition"
		run_d "${options[@]}" -t 0.7 sh -c "${nap[*]} & exit 0"
		assert_refused 124 "cannot get ready: sh: not ready in time, so it was stopped \\($condition, 0.7 s; it put itself in the background: run it in the foreground\\)$" ||
			return 1
		nothing_left "$condition" || return 1
	done
}

@test "how one failed that had put itself in the background is told" {
	local condition
	for condition in alive:15 notify "listen:$port"; do
		sees_proc || [[ $condition != listen:* ]] || continue
		# Before its parent ends, and after.
		run_d -p "$F" -w "$condition" -t 15 python3 -c 'import os
child = os.fork() or os._exit(3)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)'
		assert_refused 69 'cannot get ready: python3: it ended before it was ready \(exit status 0; in the background: exit status 3\)$' ||
			fail "$condition" || return 1
		[[ $condition != alive:* ]] || continue
		run_d -p "$F" -w "$condition" -t 15 sh -c '
			(while [ -d "/proc/$$" ]; do :; done; kill -ABRT "$(sh -c "echo \$PPID")") & exit 0'
		assert_refused 69 'cannot get ready: sh: it ended before it was ready \((exit status 0; )?in the background: signal 6, SIGABRT(, core dumped)?\)$' ||
			fail "$condition" || return 1
		nothing_left "$condition" || return 1
	done
	# What a check has left is none of it.
	run_d -p "$F" -t 15 -w notify -w "check:setsid sh -c 'kill -9 \$\$' & exit 1" \
		sh -c 'sleep 0.7; exit 0'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 0\)$'
	# By itself it is none of the reasons.
	run_d -p "$F" -w notify -t 15 sh -c '(exit 0) & wait; exit 0'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 0\)$'
}

@test "listen: a child in a session of its own may do it for the daemon, after a moment" {
	start -p "$F" -w "listen:$port" -t 2 "$T/listener" leave=60 "tcp=127.0.0.1:$port"
	assert_started
	assert_match "$(tr '\0' ' ' <"/proc/$pid/cmdline")" leave=60
	[[ $(ps -o sid= -p "$pid") == $(ps -o sid= --ppid "$pid") ]] && fail "one session"
	start --stop -p "$F"
}

@test "MAINPID names the daemon that has put itself in the background" {
	script forking <<-END
		${nap[*]} &
		echo \$! >$T/main
		systemd-notify "MAINPID=\$!" READY=1
		exit 0
	END
	start -p "$F" -w notify -t 15 "$T/forking"
	assert_content "$F" "$(cat "$T/main")"
	assert_started
	run_d --status -p "$F"
	assert_status 0
	assert_match "$out" "process $pid.*, ready"
	run_d -p "$F" "${nap[@]}"
	assert_status 75
	start --stop -p "$F"
	nothing_left forking
}

@test "the owner of the socket is the daemon that has put itself in the background" {
	start -p "$F" -w "listen:$port" -t 15 "$T/listener" fork=1 "tcp=127.0.0.1:$port"
	assert_started
	run_d --status -p "$F"
	assert_match "$out" "process $pid.*, ready"
	start --stop -p "$F"
	nothing_left forking
	# What it leaves may listen long before it is left.
	start -p "$F" -w "listen:$port" -t 15 "$T/listener" leave=0.3 "tcp=127.0.0.1:$port"
	assert_started
	run_d --status -p "$F"
	assert_match "$out" "process $pid.*, ready"
	start --stop -p "$F"
	nothing_left leaving
	# It may listen before it forks.
	start -p "$F" -w "listen:$port" -t 15 "$T/listener" "tcp=127.0.0.1:$port" fork=1
	assert_started
	start --stop -p "$F"
	nothing_left forking
}

@test "a background process that ends as well is a death" {
	while read -r condition; do
		[[ $condition == notify || $condition == listen:* ]] || continue
		run_d -p "$F" -w "$condition" -t 60 sh -c 'sleep 0.2 & exit 0'
		assert_refused 69 'cannot get ready: sh: it ended before it was ready' || return 1
		nothing_left "$condition" || return 1
	done < <(unmet)
}

# Evidence.

@test "what it wrote follows the message: this start's lines, at most 20" {
	seq 100 >"$T/log"
	run_d -L "$T/log" -w fd:7 sh -c 'echo one; printf "two, and no newline" >&2; exit 1'
	assert_status 69
	assert_match "${err%%$'\n'*}" '^daemonize: cannot get ready: sh: .*\(exit status 1\)$'
	assert_equal "$(tail -n +2 <<<"$err")" "daemonize: the end of $T/log:
    one
    two, and no newline" "the rest"
	run_d -L "$T/log" -w fd:7 sh -c 'seq 1000 1100; exit 1'
	assert_equal "$(tail -n +3 <<<"$err")" "$(seq 1081 1100 | sed 's/^/    /')" "the last 20"
	# Both outputs, of their own.
	echo old >"$T/err"
	run_d -o "$T/out" -e "$T/err" -w fd:7 sh -c 'echo o; echo e >&2; exit 1'
	assert_equal "$(tail -n +2 <<<"$err")" "daemonize: the end of $T/out:
    o
daemonize: the end of $T/err:
    e" "both"
	# And where the daemon's user has to open them.
	if ((EUID == 0)); then
		mkdir "$T/own"
		chown nobody "$T/own"
		run_d -u nobody -o "$T/own/out" -e "$T/own/err" -w fd:7 \
			sh -c 'echo o; echo e >&2; exit 1'
		assert_equal "$(tail -n +2 <<<"$err")" "daemonize: the end of $T/own/out:
    o
daemonize: the end of $T/own/err:
    e" "the user's"
	fi
	# The same for a program that is too slow.
	run_d -q -a -o "$T/err" -w fd:7 -t 0.3 sh -c 'echo slow; exec sleep 600'
	assert_status 124
	assert_equal "$(tail -n +2 <<<"$err")" "daemonize: the end of $T/err:
    slow" "of a slow one"
	# Nothing written, nothing shown.
	run_d -L "$T/log" -w fd:7 sh -c 'exit 1'
	assert_line_count 1
}

@test "a new output of a failed start stays with what is in it, and goes if that is nothing" {
	run_d -p "$F" -o "$T/out" -e "$T/err" -w fd:7 sh -c 'seq 100; exit 3'
	assert_status 69
	assert_equal "$(cat "$T/out")" "$(seq 100)" "all that it wrote"
	refute_exists "$T/err"
	run_d -p "$F" -L "$T/late" -w fd:7 -t 0.2 sh -c 'echo slow; exec sleep 600'
	assert_status 124
	assert_content "$T/late" slow
	# It may be another daemon's by then.
	run_bg "$DAEMONIZE" -p "$F" -L "$T/shared" -w fd:7 -t 100 \
		sh -c ": >$T/ran; exec sleep 600"
	wait_for test -e "$T/ran"
	pid=$(cat "$F")
	track "$pid"
	start -L "$T/shared" -p "$T/run/other" sh -c 'echo other; exec sleep 600'
	wait_for not_empty "$T/shared"
	kill "$pid"
	status=0
	wait "$bg" || status=$?
	assert_status 69
	assert_content "$T/shared" other
	start --stop -p "$T/run/other"
	# What never ran has written nothing.
	echo '#!/nowhere' >"$T/broken"
	chmod 755 "$T/broken"
	run_d -o "$T/never" -w fd:7 "$T/broken"
	assert_status 126
	refute_exists "$T/never"
}

@test "what it wrote: a long line shows its end, and that there is more" {
	local long
	long() { head -c "$1" /dev/zero | tr '\0' x; }
	# Of one that is longer than what is looked at, too.
	for long in 1001 40000; do
		run_d -L "$T/log" -w fd:7 sh -c 'printf "start "; head -c "$1" /dev/zero |
			tr "\0" x; printf " FATAL: cannot bind port 80"; exit 3' sh $long
		assert_status 69
		assert_equal "$(tail -n +3 <<<"$err")" \
			"    ...$(long 973) FATAL: cannot bind port 80" "of $long" || return 1
	done
	run_d -L "$T/log" -w fd:7 sh -c 'head -c 1000 /dev/zero | tr "\0" x; exit 3'
	assert_equal "$(tail -n +3 <<<"$err")" "    $(long 1000)" "one that fits"
	# No half of a character: neither where the line is cut, nor where what is
	# looked at begins.
	euros() { printf '\342\202\254%.0s' $(seq "$1"); }
	run_d -L "$T/log" -w fd:7 sh -c 'for i in $(seq 600); do printf "\342\202\254"; done; exit 3'
	assert_equal "$(tail -n +3 <<<"$err")" "    ...$(euros 333)" "one of euros"
	run_d -L "$T/log" -w fd:7 sh -c 'line=$(for i in $(seq 300); do printf "\342\202\254"; done)
		for i in $(seq 30); do echo "${line}x"; done; exit 3'
	assert_equal "$(sed -n 3p <<<"$err")" "    ...$(euros 48)x" "the first"
	assert_equal "$(sed -n 4p <<<"$err")" "    $(euros 300)x" "the second"
	# Lines that are all there are shown as they are.
	run_d -L "$T/log" -w fd:7 sh -c 'seq 10000; exit 3'
	assert_equal "$(tail -n +3 <<<"$err")" "$(seq 9981 10000 | sed 's/^/    /')" "whole ones"
}

@test "what it wrote cannot drive the terminal" {
	run_d -L "$T/log" -w fd:7 sh -c 'printf "\033[2J\033]0;title\a\r\b\302\233 31m\233 31m\177\000\001 \303\244 \342\202\254 \t end\n"; exit 1'
	assert_status 69
	LC_ALL=C refute grep -aq $'[\001-\010\013-\037\177]' "$CAP/err"
	LC_ALL=C refute grep -aqP '\xc2[\x80-\x9f]|\x9b' "$CAP/err"
	assert_match "$err" 'ä €'
	# Nor in a longer form, as a surrogate, or by what turns text around.
	run_d -L "$T/log" -w fd:7 sh -c 'printf "<\300\233\340\200\233\340\202\233\360\200\200\233\355\240\200\364\220\200\200\342\200\256\342\201\246\342\200\250\342\202>\n\342\200\242 \360\237\230\200\n"; exit 1'
	assert_match "$err" $'\n    <\\?{30}>\n    • 😀$'
	# A line of any length stays one line.
	run_d -L "$T/log" -w fd:7 sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo; echo last; exit 1'
	assert_match "$err" $'\n    last$'
	(($(wc -c <"$CAP/err") < 30000)) || fail "$(wc -c <"$CAP/err") bytes"
}

@test "an output that is no file, or is cut meanwhile, is no trouble" {
	mkfifo "$T/fifo"
	exec 7<>"$T/fifo"
	for output in "$T/fifo" /dev/null /dev/full /dev/stdout; do
		run_d -o "$output" -w fd:8 sh -c 'echo text; exit 1'
		assert_status 69 || return 1
		assert_line_count 1 || return 1
	done
	exec 7>&-
	seq 1000 >"$T/log"
	run_d -L "$T/log" -w fd:8 sh -c "echo before; : >$T/log; echo after; exit 1"
	assert_equal "$(tail -n +3 <<<"$err")" "    after" "what is left"
	run_d -L "$T/log" -w fd:8 sh -c "{ echo anew; seq 2000; } >$T/log; exit 1"
	assert_equal "$(tail -n 20 <<<"$err" | xargs)" "$(seq 1981 2000 | xargs)" anew
	echo before >"$T/log"
	run_d -L "$T/log" -w fd:8 sh -c "echo 'another line' >$T/log; exit 1"
	assert_equal "$(tail -n +3 <<<"$err")" "    another line" "of a longer one"
	run_d -L "$T/log" -w fd:8 sh -c "echo before; rm $T/log; exit 1"
	assert_equal "$(tail -n +3 <<<"$err")" "    before" "of a file without a name"
}

@test "evidence and log: work where only the daemon's user may write" {
	needroot
	mkdir "$T/theirs"
	chown nobody "$T/theirs"
	chmod 700 "$T/theirs"
	run_d -u nobody -L "$T/theirs/log" -w fd:7 sh -c 'id -un; exit 1'
	assert_status 69
	assert_equal "$(tail -n +2 <<<"$err")" "daemonize: the end of $T/theirs/log:
    nobody" "evidence"
	start -p "$F" -u nobody -L "$T/theirs/log" -w log:here sh -c "echo here; exec ${nap[*]}"
	assert_started
	assert_equal "$(find "/proc/$pid/fd" -type l -printf '%f\n' | sort -n | xargs)" "0 1 2" descriptors
	start --stop -p "$F"
	run_d -p "$F" -u nobody -L "$T/theirs/log" -w log:here -t 0.3 "${nap[@]}"
	assert_status 124
}

@test "evidence and log: what its user may have mounted is not read, and nobody waits for it" {
	needroot
	needprogram strace
	local lie as
	mkdir "$T/theirs"
	chown nobody "$T/theirs"
	# FUSE; its server can also answer with any error.
	for lie in poke_exit=@arg2=46557365 error=ENOSYS error=EIO; do
		as=(strace -f -o "$CAP/trace" -e trace=fstatfs
			-e "inject=fstatfs:$lie" "$DAEMONIZE" -u nobody
			-L "$T/theirs/log" -t 15)
		run_c "${as[@]}" -w log:here sh -c "echo here; exec ${nap[*]}"
		assert_refused 73 'cannot get ready: .*no output of it is a file that' ||
			fail "$lie" || return 1
		nothing_left "$lie" || return 1
		run_c "${as[@]}" -w fd:7 sh -c 'echo text; exit 1'
		assert_refused 69 'cannot get ready: sh: .*\(exit status 1\)$' ||
			fail "$lie" || return 1
	done
}

# On a terminal.

@test "what is printed on a terminal meanwhile has a line to itself" {
	run_c "$HELPERS/pty" "$DAEMONIZE" -v -w notify -w "check:echo tried; test -e $T/go" \
		-t 15 sh -c "systemd-notify --ready --status=one; sleep 1.2
		systemd-notify --status=two; touch $T/go; exec ${nap[*]}"
	assert_status 0
	# after a line that is cleared away, or a whole one
	assert_match "$out" $'waiting 1 s for check:[^\r]*: one\r'
	refute grep -aqE $'waiting [^\r]*\r+(tried|daemonize: status: two)' <<<"$out"
	assert_match "$out" $'\r +\r+(daemonize: status: two|tried)'
}

@test "a long wait says on a terminal what it waits for, and clears it away" {
	needprogram tr
	run_c "$HELPERS/pty" "$DAEMONIZE" -p "$F" -w notify -w "file:$T/go" -t 15 sh -c "
		systemd-notify --ready --status='loading all' ; sleep 1.4; touch $T/go; exec ${nap[*]}"
	assert_status 0
	assert_match "$out" $'\r'"daemonize: waiting 1 s for file:$T/go: loading all"$'\r'
	assert_match "$out" $'\r +\r+$'
	# The screen is clean before the message of a failure.
	run_c "$HELPERS/pty" "$DAEMONIZE" -w fd:7 -t 1.2 --retry=TERM/2/KILL/5 sh -c \
		"trap '' TERM; while :; do sleep 0.1; done"
	assert_status 124
	assert_match "$out" $'\r +\r+''daemonize: cannot get ready: '
	# It takes one line, of whatever width.
	local columns
	for columns in 80 40 500; do
		run_c "$HELPERS/pty" sh -c 'stty cols "$1" <&2; shift; exec "$@"' sh \
			$columns "$DAEMONIZE" -w "file:$T/go$columns" -t 15 sh -c \
			"sleep 1.2; touch $T/go$columns; exec ${nap[*]}"
		assert_status 0
		assert_match "$out" 'daemonize: waiting 1 s for file:/'
		assert_equal "$(tr '\r' '\n' <<<"$out" |
			awk '{ n = length($0) > n ? length($0) : n } END { print n }')" \
			$((columns == 500 ? 256 : columns - 1)) "with $columns columns"
	done
}

@test "the line of a long wait is whole characters, with nothing of the one before" {
	needprogram python3
	local long='loading all that there is to be loaded today'
	local wide='prêt à éééé 日本語日本語日本語日本語日本語'
	run_c "$HELPERS/pty" sh -c 'stty cols 80 <&2; exec "$@"' sh "$DAEMONIZE" \
		-w notify -w "file:$T/go" -t 15 sh -c "systemd-notify --ready --status='$long'
		sleep 1.6; systemd-notify --status='$wide'; sleep 1.6; touch $T/go; exec ${nap[*]}"
	assert_status 0
	# What stands on the screen at each return, two columns for a wide one.
	python3 - "$CAP/out" >"$CAP/screen" <<-'END'
		import sys, unicodedata
		screen, at = [" "] * 200, 0
		for c in open(sys.argv[1], "rb").read().decode("utf-8", "replace"):
		    if c in "\r\n":
		        line = "".join(screen).rstrip()
		        print(max(0, len(line)), line.replace("\0", ""))
		        at = 0
		        continue
		    screen[at] = c
		    at += 1
		    if unicodedata.east_asian_width(c) == "W":
		        screen[at] = "\0"
		        at += 1
	END
	grep -q "go: ${long:0:20}" "$CAP/screen"
	grep -q "go: prêt à éééé 日" "$CAP/screen"
	local n line
	while read -r n line; do
		line=${line#*"go: "}
		[[ $long == "$line"* || $wide == "$line"* ]] || fail "shows $line" || return 1
		((n < 80)) || fail "$n columns: $line" || return 1
	done < <(grep "go: " "$CAP/screen")
}

@test "no progress on a pipe, with -q, or in the background" {
	run_d -w fd:7 -t 1.3 "${nap[@]}"
	assert_refused 124 'cannot get ready: '
	run_c "$HELPERS/pty" "$DAEMONIZE" -q -w "file:$T/go" -t 15 sh -c "sleep 1.3; touch $T/go; exec ${nap[*]}"
	assert_status 0
	assert_silent
}

# What is left when it is ready.

@test "a ready daemon is the same as one that nobody has waited for" {
	local condition parent=()
	script said <<-'END'
		{ echo >&7; } 2>/dev/null && exec 7>&-
		systemd-notify --ready 2>/dev/null
		unset NOTIFY_SOCKET
		# The front's, and then not.
		exec "$@"
	END
	for condition in '' alive:0.2 "file:$T/report/probe" "log:^" fd:7 notify "check:test -s $T/report/probe"; do
		probe_setup
		start -o "$T/out" ${condition:+-w "$condition"} ${condition:+-t 15} \
			"$T/said" sh -c 'echo; exec "$0" "$@"' "$PROBE" "$REPORT" stay
		wait_report "$REPORT"
		parent+=("$(field 2 "$pid")")
		report_plain | grep -v -e ^ppid= >"$CAP/plain.${#parent[@]}"
		diff -u "$CAP/plain.1" "$CAP/plain.${#parent[@]}" >&2 ||
			fail "$condition: the daemon differs" || return 1
		assert_equal "${parent[-1]}" "${parent[0]}" "$condition: parent" || return 1
	done
	# No process of ours waits on.
	refute pgrep -f "^$DAEMONIZE .*$T"
}

@test "orphans that end while it waits leave nothing behind" {
	local front orphan
	run_bg "$DAEMONIZE" -p "$F" -w "file:$T/ready" -t 100 sh -c "
		( ${nap[*]} & echo \$! >$T/orphan )
		exec ${nap[*]}"
	front=$bg
	wait_for not_empty "$T/orphan"
	orphan=$(cat "$T/orphan")
	adopted() { [[ $(field 2 "$orphan") == "$front" ]]; }
	wait_for adopted
	kill -KILL "$orphan"
	wait_for test ! -e "/proc/$orphan"
	touch "$T/ready"
	status=0
	wait "$front" || status=$?
	assert_status 0
	start --stop -p "$F"
}

@test "the caller's own children are neither signalled nor reaped" {
	run_c sh -c '
		sleep 600 & echo $! >"$1/kid"
		sh -c "sleep 600 & sleep 600" & echo $! >"$1/kids"
		sleep 0.15 & echo $! >"$1/dead"
		exec "$0" -p "$1/run/pid" -w check:false -w fd:7 -t 1 sh -c "
			(true &); sleep 0.5; sed \"s/.*) //\" /proc/\$(cat $1/dead)/stat >$1/state
			exec sleep 600"' "$DAEMONIZE" "$T"
	assert_status 124
	assert_alive "$(cat "$T/kid")"
	assert_alive "$(cat "$T/kids")"
	assert_match "$(cat "$T/state")" '^Z'
	kill "$(cat "$T/kid")" "$(cat "$T/kids")"
	# One whose end is told by another signal is seen only on request.
	run_c "$HELPERS/clones" child "$T/odd" "$DAEMONIZE" -p "$F" -w check:false -t 0.5 \
		--retry=TERM/1/KILL/5 "${nap[@]}"
	assert_status 124
	assert_alive "$(cat "$T/odd")"
	kill "$(cat "$T/odd")"
}

@test "where the kernel keeps no lists of children, all of the daemon's are ended, and are all" {
	needroot
	needprogram strace
	local front
	run_bg "$DAEMONIZE" -p "$F" -w fd:7 -t 100 --retry=TERM/20 sh -c "
		setsid ${nap[*]} & echo \$! >$T/child
		${nap[*]}"
	front=$bg
	wait_for not_empty "$T/child"
	pid=$(cat "$F")
	mv "$CAP/bg.err" "$CAP/front.err"
	run_bg strace -qq -o "$CAP/trace" -p "$front" -e trace=openat \
		-P "/proc/$front/task/$front/children" \
		-P "/proc/$pid/task/$pid/children" -e inject=openat:error=ENOENT
	wait_for has_line "/proc/$front/status" '^TracerPid:.[1-9]'
	kill -TERM "$front"
	wait_gone "$front"
	status=0
	wait "$front" || status=$?
	assert_status 143
	grep -q INJECTED "$CAP/trace" || fail 'nothing was injected'
	assert_match "$(cat "$CAP/front.err")" 'cannot get ready: sh: interrupted$'
	wait_gone "$bg"
	nothing_left 'no lists'
}

@test "where the kernel keeps no lists, whoever bears a child and ends is not gone" {
	needroot
	needprogram strace
	local front i
	for i in 1 2 3; do
		rm -f "$T/runs"
		run_bg "$DAEMONIZE" -p "$F" -l "$T/lock" -w fd:7 -t 100 \
			--retry=TERM/1/KILL/1 "$(own "$HELPERS/clones")" chain "$T/runs" away
		front=$bg
		wait_for not_empty "$T/runs"
		mv "$CAP/bg.err" "$CAP/front.err"
		run_bg strace -qq -o "$CAP/trace" -p "$front" -e trace=openat \
			-P "/proc/$front/task/$front/children" \
			-e inject=openat:error=ENOENT
		wait_for has_line "/proc/$front/status" '^TracerPid:.[1-9]'
		kill -TERM "$front"
		# By its schedule alone that takes seven seconds.
		WAIT_SECONDS=30 wait_gone "$front"
		# We might pass it over as well; its lock cannot be.
		flock -n "$T/lock" true || grep -q 'it could not be ended)$' "$CAP/front.err" ||
			fail "it runs: $(cat "$CAP/front.err")"
		wait_gone "$bg"
		wait_for flock -n "$T/lock" true
		nothing_left 'no lists'
	done
}

@test "beside the caller's children, a descendant in a session of its own is the daemon's" {
	run_c sh -c 'sleep 600 & echo $! >"$1/kid"
		exec "$0" -p "$1/run/pid" -w "listen:$3" -t 15 "$2" child= leave=600 \
			"tcp=127.0.0.1:$3"' "$DAEMONIZE" "$T" "$T/listener" "$port"
	assert_status 0
	assert_alive "$(cat "$T/kid")"
	start --stop -p "$F"
}

@test "beside the caller's children, one that is not found any more is not said to have ended" {
	local beside='sleep 600 & echo $! >"$0"; exec "$@"'
	# Its parent is gone when it has been waited for.
	cat >"$T/leave.py" <<-'END'
		import os, sys, time
		parent = os.getpid()
		if os.fork():
		    os._exit(0)
		try:
		    while True:
		        os.kill(parent, 0)
		except OSError:
		    os.setsid()
		open(sys.argv[1], "w").write("%d\n" % os.getpid())
		time.sleep(600)
	END
	run_c sh -c "$beside" "$T/kid" "$DAEMONIZE" -p "$F" -w notify -t 15 \
		python3 "$T/leave.py" "$T/left"
	assert_refused 69 'cannot get ready: python3: it put itself in the background: run it in the foreground \(in the background: nothing is found\)$'
	wait_for not_empty "$T/left"
	assert_alive "$(cat "$T/left")"
	kill "$(cat "$T/kid")" "$(cat "$T/left")"
	# It could have been as quick.
	run_c sh -c "$beside" "$T/kid" "$DAEMONIZE" -p "$F" -w notify -t 15 true
	assert_refused 69 'cannot get ready: true: it ended before it was ready \(exit status 0; in the background: nothing is found\)$'
	kill "$(cat "$T/kid")"
}

@test "another's child that listens or says so is not the daemon's" {
	run_c sh -c '"$2" "tcp=127.0.0.1:$3" & exec "$0" -p "$1/run/pid" -w "listen:$3" -t 1 \
		sleep 600' "$DAEMONIZE" "$T" "$T/listener" "$port"
	assert_refused 124 'cannot get ready: '
}

@test "--ok-if-running does not wait for one that runs" {
	start -p "$F" "${nap[@]}"
	start -p "$F" --ok-if-running -w fd:7 -t 15 "${nap[@]}"
	assert_silent
}

@test "--restart waits as well, and a failed one leaves nothing" {
	start -p "$F" -w alive:0.1 "${nap[@]}"
	local old
	old=$(cat "$F")
	start --restart -p "$F" -w alive:0.1 "${nap[@]}"
	assert_started
	[[ $pid != "$old" ]]
	run_d --restart -p "$F" -w fd:7 sh -c 'exit 3'
	assert_refused 69 'cannot get ready: sh: .*\(exit status 3\)'
	nothing_left restart
}

@test "a path that hangs for ever moves no deadline, and no signal" {
	local before condition await keeper
	before=$(milliseconds)
	# As it was before the start, too.
	hanging lookup 0
	run_d -p "$F" -w "file:/proc/$bg/root$T/hang/file" -t 0.5 "${nap[@]}"
	assert_refused 124 'cannot prepare to wait for: file:.*: the file system does not answer$'
	kill -KILL "$bg"
	hanging lookup 0
	keeper=$bg
	mv "$CAP/bg.out" "$CAP/keeper"
	run_bg "$DAEMONIZE" -p "$F" -w "file:/proc/$keeper/root$T/hang/file" "${nap[@]}"
	wait_for has_line "$CAP/keeper" held
	kill -TERM "$bg"
	wait_gone "$bg"
	status=0
	wait "$bg" || status=$?
	assert_status 143
	assert_match "$(cat "$CAP/bg.err")" 'cannot prepare to wait for: file:.*: interrupted'
	kill -KILL "$keeper"
	for condition in file:124 file:143 listen:124 listen:143; do
		hanging lookup 1
		keeper=$bg
		mv "$CAP/bg.out" "$CAP/keeper"
		await=${condition%:*}:/proc/$keeper/root$T/hang/file
		run_bg "$DAEMONIZE" -p "$F" -w "$await" -t 3 "${nap[@]}"
		wait_for has_line "$CAP/keeper" held
		[[ $condition == *:124 ]] || kill -TERM "$bg"
		wait_gone "$bg"
		status=0
		wait "$bg" || status=$?
		assert_status "${condition#*:}"
		assert_equal "$(names "$T/run")" '' files
		kill -KILL "$keeper"
		wait_gone "$keeper"
	done
	((before = $(milliseconds) - before, before < 25000)) ||
		fail "after $before milliseconds"
	# Nor that of whoever waits for a daemon that has died.
	hanging lookup 1
	before=$(milliseconds)
	run_d -p "$F" -w "file:/proc/$bg/root$T/hang/file" -t 50 \
		sh -c 'sleep 0.2; exit 3'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 3\)'
	((before = $(milliseconds) - before, before < 10000)) ||
		fail "after $before milliseconds"
}

@test "a wait that has no room for a process goes on, and says so in the end" {
	needprogram strace
	local no=clone,clone3,fork,vfork
	# From the start, nothing is.
	run_c strace -qq -o "$CAP/trace" -e trace="$no" \
		-e inject="$no:error=EAGAIN" "$DAEMONIZE" -p "$F" \
		-w "file:$T/made" "${nap[@]}"
	assert_refused 71 'cannot prepare to wait for: file:.*: Resource temporarily unavailable$'
	# Once, and then there is.
	run_c strace -f -b execve -qq -o "$CAP/trace" -e trace="$no" \
		-e inject="$no:error=EAGAIN:when=4" "$DAEMONIZE" -p "$F" -t 15 \
		-w "file:$T/made" sh -c "sleep 0.1; touch $T/made; exec ${nap[*]}"
	assert_status 0
	grep -q 'EAGAIN.*INJECTED' "$CAP/trace"
	start --stop -p "$F"
	run_c strace -f -b execve -qq -o "$CAP/trace" -e trace="$no" \
		-e inject="$no:error=EAGAIN:when=4+" "$DAEMONIZE" -p "$F" -t 0.5 \
		--retry=KILL/1 -w "file:$T/never" "${nap[@]}"
	assert_status 124
	assert_match "$err" 'not ready in time.*there was no looking: Resource temporarily unavailable\)'
}

# crowded ERROR WHICH: a check's processes fail, that one or from that one on.
crowded() {
	local error=$1 which=$2
	shift 2
	run_c strace -qq -o "$CAP/trace" \
		-e inject="clone3,fork,vfork:error=$error:when=1$which" \
		-e inject="clone:error=$error:when=2$which" "$DAEMONIZE" -p "$F" "$@"
	n=$(grep -c "$error.*INJECTED" "$CAP/trace")
	((n > 0))
}

@test "check: what has no room for a process is tried again" {
	needprogram strace
	local error n
	for error in EAGAIN ENOMEM; do
		crowded "$error" '' -t 15 -w check:true "${nap[@]}"
		assert_status 0
		start --stop -p "$F"
	done
	crowded EAGAIN + -t 0.5 --retry=KILL/1 -w check:true "${nap[@]}"
	assert_status 124
	# In pauses that grow, and then are halved.
	((n < 20)) || fail "$n tries in half a second"
	assert_match "$err" 'not ready in time.*there was no looking: Resource temporarily unavailable\)'
}

@test "a file system that takes its time is waited for, as long as the program runs" {
	needprogram strace
	# Each look takes a second; the daemon itself is not traced.
	run_c strace -f -b execve -qq -o "$CAP/trace" -P "$T/made" -e trace=statx \
		-e inject=statx:delay_enter=1000000 "$DAEMONIZE" -p "$F" -t 8 \
		-w "file:$T/made" sh -c "touch $T/made; exec ${nap[*]}"
	assert_status 0
	grep -q DELAYED "$CAP/trace" || fail 'nothing was delayed'
	start --stop -p "$F"
}

@test "an end right after the last look is told with its cause" {
	needprogram strace
	held_up() {
		run_c strace -o "$T/trace" -e trace=pidfd_open \
			-e inject=pidfd_open:delay_enter=900000 "$DAEMONIZE" -p "$F" "$@"
	}
	held_up -w alive:0.3 sh -c 'sleep 0.7; exit 3'
	assert_refused 69 'cannot get ready: sh: it ended before it was ready \(exit status 3\)$'
	# Its number is nobody's any more: the daemon is who listens.
	cat >"$T/leave.py" <<-'END'
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(1)
		if os.fork() == 0:
		    os.setsid()
		    open(sys.argv[2], "w").write("%d\n" % os.getpid())
		    time.sleep(600)
		time.sleep(0.5)
	END
	held_up -w "listen:$T/socket" -t 20 python3 "$T/leave.py" "$T/socket" "$T/child"
	assert_status 0
	assert_content "$F" "$(cat "$T/child")"
	start --stop -p "$F"
}

@test "a wait that is held up past its end looks once more" {
	executable "$T/late" <<-END
		#!/bin/sh
		: >"$T/runs"
		until test -e "$T/go"; do sleep 0.01; done
		: >"$T/made"
		exec "$T/listener" "bound=$T/bound" "unix=$T/socket"
	END
	woken() {
		rm -f "$T/runs" "$T/go" "$T/bound" "$T/socket" "$T/made"
		run_bg "$DAEMONIZE" -p "$F" "$@" -t 3 "$T/late"
		wakes_late "$T/socket"
	}
	for condition in "file:$T/made" "listen:$T/socket" "check:test -e $T/made"; do
		[[ $condition != listen* ]] || sees_proc || continue
		woken -w "$condition"
		assert_status 0 || fail "$condition: $(cat "$CAP/bg.err")"
		start --stop -p "$F"
	done
	# One that failed meanwhile, and one for which it was no time.
	condition="check:test -e $T/made || { sleep 0.2; false; }"
	woken -w "$condition" -w "$condition;"
	assert_status 0 || fail "two: $(cat "$CAP/bg.err")"
	start --stop -p "$F"
	# It has as long as others who look late.
	woken -w "check:test -e $T/made && exec ${nap[*]}"
	assert_status 124
	nothing_left check
}

@test "listen: a caller who may not read /proc is refused as one without it" {
	needlandlock
	sees_proc || skip "/proc: none to hide"
	local dir confined
	confined=("$DAEMONIZE" -f --rw="$T")
	for dir in /*; do
		[[ $dir == /proc ]] || confined+=(--ro="$dir")
	done
	confined+=("$DAEMONIZE" -p "$T/pid")
	run_c "${confined[@]}" -w listen:80 -t 2 sleep 1000
	assert_refused 71 'cannot prepare to wait for: listen:80: this takes /proc, which is not there or cannot be read$'
	assert_no_process
	refute_exists "$T/pid"
	run_c "${confined[@]}" sleep 1000
	assert_status 0
	run_c "${confined[@]}" --stop --stop-group
	assert_refused 71 'cannot stop: .*: without /proc nobody can tell'
	assert_alive "$(cat "$T/pid")"
}
