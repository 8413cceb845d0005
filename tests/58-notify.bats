#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --ready=notify, as sd_notify(3) has it: the clients that people have, every
# kind of datagram, and everybody who is not asked.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load lib/common

setup() {
	setup_dir
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	needprogram python3 systemd-notify setpriv
	mkdir "$T/run"
	F=$T/run/pid
	nap=("$(own "$(type -P sleep)")" 600)
	will_be_traced
	# Each argument is a statement; say(TEXT, DESCRIPTORS) sends it.
	cat >"$T/talk" <<-'END'
		#!/usr/bin/python3 -SI
		import os, random, signal, socket, struct, sys, time
		def say(text, fds=(), to=os.environ.get("NOTIFY_SOCKET", "")):
		    data = text if isinstance(text, bytes) else text.encode()
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    s.connect(to.replace("@", "\0", 1))
		    if fds:
		        socket.send_fds(s, [data], fds)
		    else:
		        s.send(data)
		    s.close()
		# Connections whose close(2) takes a second: nobody reads what was sent.
		def lingering(n):
		    server, ends = socket.create_server(("127.0.0.1", 0)), []
		    for i in range(n):
		        ends.append(socket.create_connection(server.getsockname()))
		        unread.append(server.accept()[0])
		        ends[i].setblocking(False)
		        try:
		            while True: ends[i].send(bytes(65536))
		        except BlockingIOError:
		            pass
		        ends[i].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
		            struct.pack("ii", 1, 1))
		    return ends
		unread = []
		def sleep(seconds):
		    time.sleep(seconds)
		def write(name, text):
		    with open(name + ".new", "w") as f:
		        f.write(str(text) + "\n")
		    os.rename(name + ".new", name)
		def wait_for(name):
		    while not os.path.exists(name):
		        time.sleep(0.005)
		def stay():
		    while True:
		        signal.pause()
		for word in sys.argv[1:]:
		    exec(word)
		stay()
	END
	chmod 755 "$T/talk"
}

assert_started() {
	pid=$(cat "$F") || return 1
	track "$pid"
	assert_alive "$pid"
}

stop() {
	start --stop -p "$F"
}

nothing_left() {
	assert_no_process || return 1
	assert_equal "$(names "$T/run")" "" "$1: files left" || return 1
	if [[ -n $(cat "$T/socket" 2>/dev/null) ]]; then
		refute_exists "$(dirname "$(cat "$T/socket")")"
	fi
}

# The clients.

told() { (($(wc -l <"$T/told") > $1)); }

@test "systemd-notify, in a script with set -e, never fails: 50 times" {
	local i how
	script server <<-END
		set -e
		systemd-notify \$1 --ready --status="up"
		echo told >>$T/told
		exec ${nap[*]}
	END
	for ((i = 0; i < 50; i++)); do
		how=
		((i % 3)) || how=--no-block
		start -p "$F" -w notify -t 15 "$T/server" $how
		assert_started
		wait_for told "$i"
		kill -KILL "$pid"
		wait_gone "$pid"
	done
	stop
	assert_equal "$(wc -l <"$T/told")" 50 "scripts that went on"
}

@test "systemd-notify from a child, and from a grandchild that is an orphan" {
	start -p "$F" -w notify -t 15 sh -c "(systemd-notify --ready); exec ${nap[*]}"
	assert_started
	stop
	start -p "$F" -w notify -t 15 sh -c "
		(setsid sh -c 'sleep 0.1; systemd-notify --ready --no-block' &); exec ${nap[*]}"
	assert_started
	stop
}

@test "redis-server --supervised systemd" {
	local port
	needprogram redis-server redis-cli
	port=$(free_port)
	start -p "$F" -w notify -t 15 -L "$T/log" "$(own "$(type -P redis-server)")" --supervised systemd \
		--bind 127.0.0.1 --port "$port" --save ''
	run_c redis-cli -p "$port" ping
	assert_out PONG
	assert_started
	stop
}

@test "PostgreSQL: whoever comes next can query it" {
	local bin
	needroot
	bin=$(echo /usr/lib/postgresql/*/bin)
	[[ -x $bin/postgres ]] || cannot_run "needs postgresql"
	port=$(free_port)
	mkdir "$T/db"
	chown nobody "$T/db"
	run_c setpriv --reuid=nobody --clear-groups "$bin/initdb" -N -A trust -U me -D "$T/db/data"
	assert_status 0
	start -p "$F" -u nobody -w notify -t 18 -L "$T/db/log" "$bin/postgres" -D "$T/db/data" \
		-k "$T/db" -c listen_addresses=127.0.0.1 -p "$port" -c fsync=off
	run_c "$bin/psql" -h 127.0.0.1 -p "$port" -U me -At -c 'select 6 * 7' template1
	assert_out 42
	assert_started
	stop
	nothing_left postgres
	# One that cannot start says why.
	echo nonsense >>"$T/db/data/postgresql.conf"
	run_d -p "$F" -u nobody -w notify -t 18 -L "$T/db/log" "$bin/postgres" -D "$T/db/data"
	assert_status 69
	assert_match "$err" 'syntax error in file .*postgresql.conf'
}

# The messages.

@test "READY=1 is a line of its own, with a newline at its end or without" {
	local text
	for text in 'READY=1' 'READY=1\n' 'STATUS=x\nREADY=1' 'READY=1\nSTATUS=x\n' \
		'X_OWN=1\nFDNAME=a\nWATCHDOG=1\n\nREADY=1\n' 'READY=1\0' \
		'RELOADING=1\nMONOTONIC_USEC=5\nREADY=1' 'READY=1\nERRNO=0' \
		'READY=1\nEXTEND_TIMEOUT_USEC=18446744073709551615' 'READY=1\nX=" + "x" * 4086 + "'; do
		start -p "$F" -w notify -t 15 "$T/talk" "say(\"$text\")"
		assert_started || fail "$text" || return 1
		stop
	done
}

@test "nothing else is ready" {
	run_d -p "$F" -w notify -t 2 "$T/talk" 'for text in ("READY=10", "READY=0", "READY=",
		"READY", "READY=1 ", " READY=1", "READY=1\r\n", "READY=1\r", "ready=1", "READY=01",
		"STATUS=not READY=1", "X=READY=1", "XREADY=1", "READY=1\0STATUS=x", "\0READY=1",
		"READY=1\n\0\0", "READY=1\nERRNO=x", "ERRNO=-1\nREADY=1",
		"ERRNO=4096\nREADY=1", "READY=1\nMAINPID=x",
		"READY=1\nMAINPID=0", "READY=1\nMAINPID=-1", "READY=1\nMAINPID=4294967297",
		"READY=1\nMAINPID= 1", "READY=1\nEXTEND_TIMEOUT_USEC=-1",
		"READY=1\nEXTEND_TIMEOUT_USEC=x", "READY=1\nEXTEND_TIMEOUT_USEC=99999999999999999999",
		"READY=1\nX=" + "x" * 4087, "X=" + "x" * 5000 + "\nREADY=1", "X=1", "", "\n", "=", "=1",
		"BARRIER=1", "STOPPING=0", "STATUS=that was all"): say(text)'
	assert_refused 124 'cannot get ready: .*\(notify, .* its last status: that was all\)$'
	nothing_left ready
}

@test "STATUS: shown by -v, in the message of a failure, and harmless" {
	run_d -v -p "$F" -w notify -t 15 "$T/talk" 'say("STATUS=step one\n")' \
		'say("STATUS=step two\nREADY=1")'
	assert_status 0
	assert_match "$err" $'\ndaemonize: status: step one\n'
	assert_match "$err" $'\ndaemonize: status: step two\n'
	stop
	run_d -w notify -t 1 "$T/talk" 'say("STATUS=\033[2J\a\302\233x\r bell")'
	assert_status 124
	assert_line_count 1
	LC_ALL=C refute grep -aq $'[\001-\010\013-\037\177]' "$CAP/err"
	LC_ALL=C refute grep -aqP '\xc2[\x80-\x9f]' "$CAP/err"
	run_d -w notify -t 1 "$T/talk" 'say("STATUS=" + "x" * 4000)'
	assert_refused 124 'cannot get ready: .*: x{156}[.]{3}\)$'
	# It is not cut within a character.
	for before in "" x xx; do
		run_d -v -w notify -t 15 "$T/talk" "say('STATUS=$before' + chr(0x20ac) * 100 + '\\nREADY=1')"
		assert_status 0
		assert_match "$err" $'\ndaemonize: status: '"$before"'(€){51,52}[.]{3}'$'\n'
	done
	run_d -w notify -t 15 "$T/talk" 'say("STATUS=no disk")' 'sys.exit(4)'
	assert_refused 69 'cannot get ready: .*\(exit status 4; it says: no disk\)$'
}

@test "ERRNO and STOPPING tell why it failed" {
	run_d -w notify -t 15 "$T/talk" 'say("ERRNO=13")' 'sys.exit(1)'
	assert_refused 69 'cannot get ready: .*\(exit status 1; it says: Permission denied\)$'
	run_d -w notify -t 15 "$T/talk" 'say("STATUS=cannot bind\nERRNO=98")' 'sys.exit(1)'
	assert_refused 69 'cannot get ready: .*\(exit status 1; it says: Address (already )?in use, cannot bind\)$'
	run_d -w notify -t 15 "$T/talk" 'say("STOPPING=1")' 'sleep(0.1)' 'sys.exit(0)'
	assert_refused 69 'cannot get ready: .*\(exit status 0; it says: stopping\)$'
	run_d -w notify -t 0.5 "$T/talk" 'say("STATUS=cannot bind\nERRNO=98")'
	assert_refused 124 'cannot get ready: .*\(notify, 0\.5 s; it says: Address (already )?in use, cannot bind\)$'
	run_d -w notify -t 0.5 "$T/talk" 'say("STOPPING=1")'
	assert_refused 124 'cannot get ready: .*\(notify, 0\.5 s; it says: stopping\)$'
	# 0 takes it back.
	run_d -w notify -t 15 "$T/talk" 'say("ERRNO=13")' 'say("ERRNO=0")' 'sys.exit(1)'
	assert_refused 69 'cannot get ready: .*\(exit status 1\)$'
	# It is final: before READY=1, and in the same message.
	run_d -w notify -t 0.8 "$T/talk" 'say("STOPPING=1")' 'say("READY=1")'
	assert_refused 124 'cannot get ready: '
	run_d -w notify -t 0.8 "$T/talk" 'say("READY=1\nSTOPPING=1")'
	assert_refused 124 'cannot get ready: '
}

@test "what it has told of itself is in the message of a timeout, whatever was awaited" {
	local told='its last status: recovering'
	local awaited=(-w notify -w "check:exit 3" -t 1)
	run_d "${awaited[@]}" "$T/talk" 'say("STATUS=recovering\nREADY=1")'
	assert_refused 124 "cannot get ready: .*\\(check:exit 3, 1 s; its last try: exit status 3; $told\\)\$"
	run_d "${awaited[@]}" "$T/talk" 'say("STATUS=cannot bind\nERRNO=98\nREADY=1")'
	assert_refused 124 'cannot get ready: .*; its last try: exit status 3; it says: Address (already )?in use, cannot bind\)$'
	run_d -w notify -w fd:9 -t 1 "$T/talk" 'say("STATUS=recovering\nREADY=1")'
	assert_refused 124 "cannot get ready: .*\\(fd:9, 1 s; $told\\)\$"
}

@test "EXTEND_TIMEOUT_USEC counts microseconds, from the message on" {
	local before
	start -p "$F" -w notify -t 0.6 "$T/talk" 'say("EXTEND_TIMEOUT_USEC=8000000")' \
		'sleep(1.2)' 'say("READY=1")'
	assert_started
	stop
	# The greatest number is as much as there is.
	start -p "$F" -w notify -t 0.6 "$T/talk" 'say("EXTEND_TIMEOUT_USEC=18446744073709551615")' \
		'sleep(1.2)' 'say("READY=1")'
	assert_started
	stop
	# It never shortens.
	start -p "$F" -w notify -t 15 "$T/talk" 'say("EXTEND_TIMEOUT_USEC=1")' \
		'sleep(0.3)' 'say("READY=1")'
	assert_started
	stop
	before=$(milliseconds)
	run_d -w notify -t 0.5 "$T/talk" 'say("EXTEND_TIMEOUT_USEC=1200000")'
	assert_refused 124 'cannot get ready: '
	((before = $(milliseconds) - before, before >= 1100 && before < 6000)) ||
		fail "after $before milliseconds"
}

@test "MAINPID: a descendant, and nobody else" {
	local wrong
	start -p "$F" -w notify -t 15 "$T/talk" 'child = os.fork() or stay()' \
		"write('$T/child', child)" 'say("MAINPID=%d" % child)' 'say("READY=1")'
	assert_started
	assert_content "$T/child" "$pid"
	run_d --status -p "$F"
	assert_status 0
	stop
	run_bg "${nap[@]}"
	for wrong in 1 "$bg" "$$" 4194304 2; do
		rm -f "$T/self"
		start -p "$F" -w notify -t 15 "$T/talk" "write('$T/self', os.getpid())" \
			"say('MAINPID=$wrong\nREADY=1')"
		assert_started
		assert_content "$T/self" "$pid" || fail "MAINPID=$wrong" || return 1
		stop
	done
	assert_alive "$bg"
	# One of its own threads is no process.
	rm -f "$T/self"
	start -p "$F" -w notify -t 15 "$T/talk" 'import threading' \
		'thread = threading.Thread(target=stay, daemon=True); thread.start()' \
		"write('$T/self', os.getpid())" \
		'say("MAINPID=%d\nREADY=1" % thread.native_id)'
	assert_started
	assert_content "$T/self" "$pid"
	stop
}

@test "MAINPID that comes right after READY=1 counts" {
	local i
	# It is sent when READY=1 has been read, with the descriptor beside it.
	for ((i = 0; i < 10; i++)); do
		start -p "$F" -w notify -t 15 "$T/talk" \
			'parent = os.getpid(); os.fork() and os._exit(0)' '
try:
    while True: os.kill(parent, 0)
except OSError:
    r, w = os.pipe(); say("READY=1", [w]); os.close(w); os.read(r, 1)' \
			'say("MAINPID=%d" % os.getpid())' || return
		assert_started
		stop
	done
}

@test "MAINPID that cannot be written leaves no half of a pidfile" {
	local n
	for n in 1 2; do
		# A stale one, which a failed start may put back as a whole.
		start -p "$F" "${nap[@]}"
		assert_started
		kill -KILL "$pid"
		wait_gone "$pid"
		rm -f "$T/child"
		run_c "$HELPERS/fault" -w '0:renameat2:*=EIO' -w "0:renameat:$n=EIO" \
			"$DAEMONIZE" -p "$F" -w notify -t 15 "$T/talk" 'child = os.fork() or stay()' \
			"write('$T/child', child)" 'say("MAINPID=%d\nREADY=1" % child)'
		assert_refused 73 "cannot write pidfile: .*: (Input/output|I/O) error"
		assert_exists "$T/child"
		assert_equal "$(names "$T/run")" '' "files, $n"
	done
}

@test "MAINPID: wherever daemonize is killed as it writes it, the daemon is known" {
	local at socket
	for at in unlinkat:1 renameat2:1 unlinkat:2 renameat:1 unlinkat:3; do
		rm -rf "$T/run" "$T/child"
		mkdir "$T/run"
		run_c sh -c '"$@" || test $? = 137' sh \
			"$HELPERS/fault" -w "0:$at=kill" \
			"$DAEMONIZE" -p "$F" -w notify -t 15 \
			"$T/talk" 'child = os.fork() or stay()' \
			"write('$T/socket', os.environ['NOTIFY_SOCKET'])" \
			"write('$T/child', child)" 'say("MAINPID=%d\nREADY=1" % child)'
		assert_status 0
		assert_exists "$T/child"
		run_d --status -p "$F"
		assert_status 0 || fail "killed at $at: $out"
		run_d --stop -p "$F"
		assert_status 0
		kill_tree
		# Who is killed leaves it.
		socket=$(cat "$T/socket")
		rm "$socket"
		rmdir "${socket%/*}"
	done
}

@test "MAINPID: whoever reads the pidfile as it is written knows the daemon" {
	needprogram strace
	local verb front
	for verb in --status --signal=CONT; do
		rm -f "$T/go" "$CAP/trace"
		run_bg "$DAEMONIZE" -p "$F" -w notify "$T/talk" \
			'child = os.fork() or stay()' "wait_for('$T/go')" \
			'say("MAINPID=%d\nREADY=1" % child)'
		front=$bg
		wait_for not_empty "$F"
		# It has read that, and not FILE.id, when both are written.
		run_bg strace -f -qq -o "$CAP/trace" -P "$F" -e trace=read \
			-e inject=read:signal=SIGSTOP:when=1 "$DAEMONIZE" "$verb" -p "$F"
		wait_for has_line "$CAP/trace" 'stopped by SIGSTOP'
		touch "$T/go"
		wait_gone "$front"
		kill -CONT "$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/trace")"
		status=0
		wait "$bg" || status=$?
		assert_equal "$status" 0 "$verb" ||
			fail "$(cat "$CAP/bg.out" "$CAP/bg.err")"
		start --stop -p "$F"
		kill_tree
	done
}

@test "MAINPID must not name what has ended, or another user's" {
	needroot
	start -p "$F" -w notify -t 15 "$T/talk" 'child = os.fork() or os._exit(0)' \
		'os.waitpid(child, 0)' 'say("MAINPID=%d\nREADY=1" % child)'
	assert_started
	assert_match "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'talk'
	stop
	# What nobody has reaped has a number, and does not live.
	run_d -p "$F" -w notify -t 15 "$T/talk" 'child = os.fork() or os._exit(0)' \
		'os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)' \
		'say("MAINPID=%d\nREADY=1" % child)'
	assert_refused 69 'cannot get ready: .*: it ended before it was ready \(in the background\)$'
	nothing_left zombie
	# Root's, which a program of nobody has got hold of.
	start -p "$F" -w notify -t 15 "$T/talk" 'child = os.fork()
if child == 0: os.setgid(65534); os.setuid(65534); say("MAINPID=%d\nREADY=1" % os.getppid()); stay()'
	assert_started
	stop
	run_bg "${nap[@]}"
	start -p "$F" -u nobody -w notify -t 15 "$T/talk" "say('MAINPID=$bg\nREADY=1')"
	assert_started
	[[ $pid != "$bg" ]]
	stop
	assert_alive "$bg"
}

@test "MAINPID must not name what a set-user-ID program has made another user's" {
	needroot
	cp "$(type -P cat)" "$T/cat"
	chown daemon "$T/cat"
	chmod 4755 "$T/cat"
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$T/cat" /proc/self/status
	has_line "$CAP/out" $'^Uid:\t65534\t1\t' ||
		skip "kernel: no set-user-ID programs here"
	# It runs, with its new rights, as soon as it repeats what it is told.
	start -p "$F" -u nobody -w notify -t 15 "$T/talk" \
		'a, b = os.pipe(); c, d = os.pipe(); child = os.fork()
if child == 0: os.dup2(a, 0); os.dup2(d, 1); os.execv("'"$T"'/cat", ["cat"])' \
		'os.write(b, b"x"); os.read(c, 1)' \
		"say('MAINPID=%d\nREADY=1' % child)"
	assert_started
	assert_match "$(tr '\0' ' ' <"/proc/$pid/cmdline")" talk
	assert_equal "$(cat "/proc/$(pgrep -P "$pid")/comm")" cat "its child"
	stop
}

@test "MAINPID that has ended is nobody's, whoever has its number by then" {
	needroot
	needprogram unshare
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip "kernel: no ns_last_pid"
	mkdir -m 777 "$T/any"
	# A process of root's takes the number as soon as it is free.
	cat >"$T/take" <<-END
		import os, signal, time
		while not os.path.exists("$T/any/free"):
		    time.sleep(0.001)
		number = int(open("$T/any/free").read())
		while True:
		    open("/proc/sys/kernel/ns_last_pid", "w").write(str(number - 1))
		    pid = os.fork()
		    if pid == 0:
		        signal.pause()
		    if pid == number:
		        break
		    os.kill(pid, 9)
		    os.waitpid(pid, 0)
		open("$T/taken", "w").write(str(pid))
		os.waitpid(pid, 0)
	END
	# Others of its family are waited for, that could still say something.
	cat >"$T/script" <<-END
		python3 "$T/take" &
		"$DAEMONIZE" -u nobody -p "$F" -w notify -t 15 "$T/talk" \
			'child = os.fork() or stay()' 'os.fork() or stay()' \
			'say("MAINPID=%d\nREADY=1" % child)' 'sleep(0.03)' \
			'os.kill(child, 9)' 'os.waitpid(child, 0)' "write('$T/any/free', child)"
		while [ ! -s "$T/taken" ]; do sleep 0.01; done
		"$DAEMONIZE" --stop -p "$F"
		"$DAEMONIZE" --stop -p "$F"
		kill -0 "\$(cat "$T/taken")" && echo "still there"
	END
	run_c unshare -fpm --mount-proc --kill-child sh "$T/script"
	assert_out 'still there'
}

@test "BARRIER: answered by closing, before READY=1 and after a child's" {
	local barrier='r, w = os.pipe(); say("BARRIER=1", [w]); os.close(w); os.read(r, 1)'
	start -p "$F" -w notify -t 15 "$T/talk" "$barrier" "write('$T/closed', 1)" 'say("READY=1")'
	assert_started
	assert_exists "$T/closed"
	stop
	rm "$T/closed"
	start -p "$F" -w notify -t 15 "$T/talk" 'os.fork() and stay()' 'say("READY=1")' \
		'sleep(0.05)' "$barrier" "write('$T/closed', 1)"
	assert_started
	wait_for not_empty "$T/closed"
}

# ended SECONDS STATEMENT...: a signal ends the start, and the daemon does that
# at TERM, for which it has that time.
ended() {
	local seconds=$1
	shift
	rm -f "$T/up"
	run_bg "$DAEMONIZE" -p "$F" -w notify -t 60 --retry="TERM/$seconds/KILL/5" \
		"$T/talk" 'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])' \
		"write('$T/up', os.environ['NOTIFY_SOCKET'])" \
		'signal.sigwait([signal.SIGTERM])' "$@"
	front=$bg
	wait_for not_empty "$T/up"
	before=$(milliseconds)
	kill -TERM "$front"
}

# assert_ended WHAT: in time.
assert_ended() {
	wait_gone "$front"
	status=0
	wait "$front" || status=$?
	assert_status 143
	((before = $(milliseconds) - before, before < 20000)) ||
		fail "$1: after $before milliseconds"
	assert_equal "$(names "$T/run")" "" "$1: files left"
}

@test "who is ended may say so, and is answered, to no effect" {
	local front before
	ended 20 "
for i in range(1000): say('STATUS=step %d' % i)" \
		'say("READY=1\nMAINPID=%d" % os.getpid())' \
		'r, w = os.pipe(); say("STOPPING=1\nBARRIER=1", [w]); os.close(w); os.read(r, 1)' \
		"write('$T/closed', 1)" 'os._exit(0)'
	assert_ended answered
	assert_exists "$T/closed"
	refute grep step "$CAP/bg.err"
}

@test "whoever is ended, and keeps speaking, or lets others hang, is killed in time" {
	local front before
	ended 1 'os.fork()' '
while True: say("X=1")' 2>/dev/null
	assert_ended flood
	ended 5 "write('$T/ending', 1)"
	wait_for not_empty "$T/ending"
	hanging close "$(cat "$T/up")"
	assert_ended hanging
	kill -KILL "$bg"
	wait_gone "$bg"
	nothing_left hanging
}

@test "in the background, where /proc is of another PID namespace, it gets ready" {
	needroot
	needprogram unshare
	[[ -w /proc/sys/kernel/ns_last_pid ]] ||
		skip "kernel: it lets nobody choose a number"
	# The front gets the number of a process that is there, and has no child.
	run_bg "${nap[@]}"
	run_c unshare --pid --fork --kill-child sh -c '
		echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
		shift
		"$@"' sh "$bg" "$DAEMONIZE" -p "$F" -w notify -t 15 "$T/talk" \
		'parent = os.getpid()' 'os.fork() and os._exit(0)' \
		'while os.getppid() == parent: time.sleep(0.01)' 'time.sleep(0.3)' \
		'say("MAINPID=%d\nREADY=1" % os.getpid())'
	assert_status 0
	assert_silent
}

@test "in the background, with nobody named, it is not ready" {
	# Its parent is gone when it has been waited for.
	run_d -p "$F" -w notify -t 15 "$T/talk" \
		'parent = os.getpid(); os.fork() and os._exit(0)' '
try:
    while True:
        os.kill(parent, 0)
        sleep(0.005)
except OSError:
    say("READY=1")'
	assert_refused 69 'cannot get ready: .*in the background.*nothing names it'
	nothing_left unnamed
}

# polls STATEMENT...: what the start of one that is ready so waited for.
polls() {
	run_c strace -o "$CAP/strace" -e trace=poll,ppoll "$DAEMONIZE" \
		-w notify -t 15 "$T/talk" "$@"
	assert_status 0
	kill_tree
}

@test "BARRIER: waited for only where somebody could send it" {
	needprogram strace
	local brief='poll.*, (5|.*tv_nsec=5000000.*)\)'
	polls 'say("READY=1")'
	has_line "$CAP/strace" poll
	refute has_line "$CAP/strace" "$brief"
	polls 'os.fork() or stay()' 'say("READY=1")'
	has_line "$CAP/strace" "$brief"
	polls 'os.fork() and stay()' 'say("READY=1")'
	has_line "$CAP/strace" "$brief"
}

@test "descriptors that come along are closed" {
	run_bg "$DAEMONIZE" -p "$F" -w notify -t 18 "$T/talk" \
		'fds = [os.open("/dev/zero", os.O_RDONLY) for i in range(253)]' \
		'for i in range(20): say("FDSTORE=1\nFDNAME=x", fds)' \
		'for i in range(20): say("x" * 5000, fds)' \
		'for i in range(20): say("\0\0", fds[:i])' \
		'say("STATUS=sent")' "write('$T/sent', 1)" "wait_for('$T/go')" 'say("READY=1")'
	wait_for not_empty "$T/sent"
	all_closed() { ! find "/proc/$bg/fd" -lname /dev/zero | grep -q .; }
	wait_for all_closed
	(($(find "/proc/$bg/fd" -type l | wc -l) < 20))
	touch "$T/go"
	wait "$bg"
	assert_started
}

@test "garbage of every size up to 64 KiB counts for nothing" {
	start -p "$F" -w notify -t 18 "$T/talk" '
random.seed(4)
noise = random.randbytes(70000)
for n in list(range(0, 4200)) + list(range(4200, 65537, 97)) + [65535, 65536]:
    say(noise[n:n + n] if n < 30000 else noise[:n])
    if n < 4000: say(b"STATUS=" + noise[:n].replace(b"\0", b""))' \
		"write('$T/sent', 1)" 'say("READY=1")'
	assert_started
	assert_exists "$T/sent"
	stop
}

@test "a flood of messages moves neither the deadline nor the death" {
	local before text
	for text in 'X=1' 'STATUS=busy' '\0'; do
		before=$(milliseconds)
		run_d -p "$F" -w notify -w fd:7 -t 0.8 "$T/talk" 'os.fork(); os.fork()' \
			"
while True: say('$text')" 2>/dev/null
		assert_status 124 || fail "$text" || return 1
		(($(milliseconds) - before < 6000)) || fail "$text: took long" || return 1
		nothing_left "$text" || return 1
	done
	run_d -w notify -t 60 "$T/talk" 'os.fork()' "
for i in range(2000): say('X=1')" 'os.kill(os.getpid(), 9)'
	assert_refused 69 'cannot get ready: .*signal 9, SIGKILL'
}

# Who may say it.

@test "only the daemon and its descendants are heard" {
	local user waiting
	needroot
	for user in root nobody; do
		rm -f "$T/socket" "$T/said"
		run_bg "$DAEMONIZE" -p "$F" -w notify -t 2.5 "$T/talk" \
			"write('$T/socket', os.environ['NOTIFY_SOCKET'])"
		waiting=$bg
		wait_for not_empty "$T/socket"
		chmod 1777 "$T"
		# It stays, so that it can be told who it is.
		run_bg setpriv --reuid="$user" --clear-groups "$T/talk" \
			"say('READY=1', (), '$(cat "$T/socket")')" \
			"say('MAINPID=1\nSTATUS=forged', (), '$(cat "$T/socket")')" \
			"write('$T/said', 1)"
		wait_for not_empty "$T/said"
		# One that is gone, of another user, is not heard either.
		setpriv --reuid=nobody --clear-groups "$T/talk" \
			"say('READY=1', (), '$(cat "$T/socket")')" 'os._exit(0)' 3>&-
		status=0
		wait "$waiting" || status=$?
		assert_status 124
		refute grep forged "$CAP/bg.err"
		kill -KILL "$bg"
		assert_equal "$(names "$T/run")" '' files
	done
}

@test "nobody makes it wait with descriptors that take long to close" {
	local how front before
	# In a message that is read, and in one that is left when a signal ends it.
	for how in 124 143; do
		rm -f "$T/socket" "$T/sent"
		run_bg "$DAEMONIZE" -p "$F" -w notify -t 0.5 "$T/talk" \
			"write('$T/socket', os.environ['NOTIFY_SOCKET'])"
		front=$bg
		wait_for not_empty "$T/socket"
		kill -STOP "$front"
		wait_for grep -q '^State:.T' "/proc/$front/status"
		# The last to close them is who gets them.
		run_bg "$T/talk" 'ends = lingering(20)' \
			"fds = [end.fileno() for end in ends]" \
			"for i in range(4): say('X=1', fds, '$(cat "$T/socket")')" \
			'[end.close() for end in ends]' "write('$T/sent', 1)"
		wait_for not_empty "$T/sent"
		((how == 124)) || kill -TERM "$front"
		before=$(milliseconds)
		kill -CONT "$front"
		status=0
		wait "$front" || status=$?
		assert_status "$how"
		((before = $(milliseconds) - before, before < 5000)) ||
			fail "$how: after $before milliseconds"
		kill -KILL "$bg"
		wait_gone "$bg"
		nothing_left "$how"
	done
}

@test "nobody makes it wait with a descriptor whose close never ends" {
	local before front how reader
	before=$(milliseconds)
	mkfifo "$T/pipe"
	for how in 124 143; do
		rm -f "$T/socket"
		run_bg cat "$T/pipe"
		reader=$bg
		run_bg sh -c 'exec "$@" >"$0"' "$T/pipe" \
			"$DAEMONIZE" -p "$F" -w notify -t 4 "$T/talk" \
			"write('$T/socket', os.environ['NOTIFY_SOCKET'])"
		front=$bg
		wait_for not_empty "$T/socket"
		# It is not read before its sender has let go of it; and what nobody
		# has read must not hang either, when the front goes.
		kill -STOP "$front"
		hanging close "$(cat "$T/socket")"
		[[ $how == 124 ]] || kill -TERM "$front"
		kill -CONT "$front"
		wait_gone "$front"
		status=0
		wait "$front" || status=$?
		assert_status "$how"
		# Nor does who reads what the front says.
		wait_gone "$reader"
		assert_equal "$(names "$T/run")" '' files
		run_d --stop -p "$F"
		assert_status 0
		kill -KILL "$bg"
		wait_gone "$bg"
		nothing_left "$how"
	done
	((before = $(milliseconds) - before, before < 15000)) ||
		fail "after $before milliseconds"
	# What comes after it is heard.
	for how in "$T/run" /; do
		rm -f "$T/socket" "$T/go"
		set --
		[[ $how != / ]] || set -- -r /
		run_bg "$DAEMONIZE" "$@" -p "$F" -w notify -t 50 "$T/talk" \
			"write('$T/socket', os.environ['NOTIFY_SOCKET'])" \
			"wait_for('$T/go')" "say('READY=1')"
		front=$bg
		wait_for not_empty "$T/socket"
		kill -STOP "$front"
		hanging close "$(cat "$T/socket")"
		kill -CONT "$front"
		touch "$T/go"
		wait_gone "$front"
		status=0
		wait "$front" || status=$?
		assert_status 0
		stop
		kill -KILL "$bg"
		wait_gone "$bg"
	done
}

@test "nobody makes it wait for ever where there is no room for a process" {
	needprogram strace
	local no=clone,clone3,fork,vfork tracer front first
	run_bg strace -qq -o "$CAP/trace" -e trace="$no" \
		-e inject="$no:error=EAGAIN:when=3+" "$DAEMONIZE" -p "$F" \
		-w notify "$T/talk" "write('$T/socket', os.environ['NOTIFY_SOCKET'])"
	tracer=$bg
	wait_for not_empty "$T/socket"
	hanging close "$(cat "$T/socket")"
	first=$bg
	# A second one is there before whoever holds the first goes on.
	rm "$CAP/bg.out"
	hanging close "$(cat "$T/socket")"
	wait_for grep -q 'EAGAIN.*INJECTED' "$CAP/trace"
	kill -KILL "$first"
	wait_gone "$first"
	front=$(pgrep -P "$tracer")
	kill -TERM "$front"
	wait_gone "$front"
	status=0
	wait "$tracer" || status=$?
	assert_status 143
	assert_equal "$(names "$T/run")" '' files
	kill -KILL "$bg"
	wait_for none_of_ours
	nothing_left 'no room'
}

@test "what was sent meanwhile is heard when a descriptor lets go, with no room for a process" {
	needprogram strace
	local no=clone,clone3,fork,vfork tracer
	run_bg strace -qq -o "$CAP/trace" -e trace="$no" \
		-e inject="$no:error=EAGAIN:when=3+" "$DAEMONIZE" -p "$F" -t 60 \
		-w notify "$T/talk" "write('$T/socket', os.environ['NOTIFY_SOCKET'])" \
		"wait_for('$T/go')" "say('READY=1')"
	tracer=$bg
	wait_for not_empty "$T/socket"
	hanging close "$(cat "$T/socket")"
	touch "$T/go"
	# Each time that nobody could take its place.
	asked_twice() { (($(grep -c 'EAGAIN.*INJECTED' "$CAP/trace") >= 2)); }
	wait_for asked_twice
	kill -KILL "$bg"
	wait_gone "$tracer"
	status=0
	wait "$tracer" || status=$?
	assert_status 0
	stop
}

@test "where there is no room for a process from the start, that is said, and nobody is hurt" {
	needprogram strace
	local no=clone,clone3,fork,vfork
	run_c env XDG_RUNTIME_DIR="$T/run" strace -qq -o "$CAP/trace" \
		-e trace="$no" -e inject="$no:error=EAGAIN" "$DAEMONIZE" -p "$F" \
		-w notify "${nap[@]}"
	assert_refused 71 'cannot prepare to wait for: notify: Resource temporarily unavailable$'
	grep -q 'EAGAIN.*INJECTED' "$CAP/trace" || fail 'nothing was injected'
	nothing_left 'no room'
}

@test "nobody but who is told the socket's name finds it" {
	local path user=
	run_bg "$DAEMONIZE" -p "$F" -w notify -t 15 "$T/talk" \
		"write('$T/socket', os.environ['NOTIFY_SOCKET'])" "wait_for('$T/go')" \
		"say('READY=1')"
	wait_for not_empty "$T/socket"
	path=$(cat "$T/socket")
	refute grep -F "$path" /proc/net/unix
	assert_match "$path" '/[0-9a-f]{32}$'
	assert_equal "$(stat -c %a "${path%/*}")" 711
	touch "$T/go"
	wait "$bg"
	stop
}

# last_word PROGRAM TEXT [COMMAND ...]: COMMAND has somebody say it, whose family
# nobody can tell any more when PROGRAM looks; then it gets ready.
last_word() {
	local front program=$1 text=$2
	shift 2
	run_bg "$program" -v -w notify -t 18 "$T/talk" \
		"write('$T/socket', os.environ['NOTIFY_SOCKET'])" \
		"wait_for('$T/go')" 'say("READY=1")'
	front=$bg
	wait_for not_empty "$T/socket"
	kill -STOP "$front"
	wait_for grep -q '^State:.T' "/proc/$front/status"
	"$@" "$T/talk" "say('STATUS=$text', (), '$(cat "$T/socket")')" \
		'os._exit(0)' 3>&-
	kill -CONT "$front"
	touch "$T/go"
	wait "$front"
	has_line "$CAP/bg.err" 'process [0-9]'
}

@test "one who is gone is heard, if he was the daemon's user" {
	last_word "$DAEMONIZE" 'the last word'
	has_line "$CAP/bg.err" 'status: the last word'
}

@test "without /proc, another user who is gone is not heard" {
	needroot
	last_word "$HELPERS/noproc" forged setpriv --reuid=nobody --clear-groups
	refute grep forged "$CAP/bg.err"
}

@test "it works as another user, in another root, and both" {
	needroot
	start -p "$F" -u nobody -w notify -t 15 "$T/talk" 'say("READY=1")'
	assert_started
	stop
	start -p "$F" -u nobody -w notify -t 15 sh -c "systemd-notify --ready && exec ${nap[*]}"
	assert_started
	stop
	root_with_usr talk
	run_c "${in_jail[@]}" "$DAEMONIZE" -p "$F" -r "$T/jail" -w notify -t 15 /talk 'say("READY=1")'
	assert_status 0
	assert_started
	stop
	run_c "${in_jail[@]}" "$DAEMONIZE" -p "$F" -r "$T/jail" -u nobody -w notify -t 15 \
		sh -c 'systemd-notify --ready --status=in && exec /talk'
	assert_status 0
	assert_started
	stop
	# Who is not asked is not heard there, either.
	run_c "${in_jail[@]}" "$DAEMONIZE" -p "$F" -r "$T/jail" -u nobody -w notify -t 0.5 /talk
	assert_refused 124 'cannot get ready: '
}

@test "an ordinary user's socket is in his runtime directory, or elsewhere; nobody else can remove it" {
	local dir long
	needroot
	long=$(printf 'x%.0s' {1..90})
	mkdir "$T/xdg" "$T/loose" "$T/$long" "$T/foreign"
	chown nobody "$T/xdg" "$T/loose" "$T/$long" "$T/run"
	chown daemon "$T/foreign"
	chmod 1777 "$T/foreign"
	chmod 777 "$T/loose"
	chmod 700 "$T/xdg"
	for dir in "$T/xdg" "$T/loose" "$T/foreign" "$T/$long" "$T/none" relative ''; do
		run_c setpriv --reuid=nobody --clear-groups env XDG_RUNTIME_DIR="$dir" \
			"$(own "$DAEMONIZE")" -p "$F" -w notify -t 15 "$T/talk" \
			"write('$T/run/socket', os.environ['NOTIFY_SOCKET'])" \
			"d = os.stat(os.path.dirname(os.environ['NOTIFY_SOCKET']))" \
			"write('$T/run/mode', '%d %o' % (d.st_uid, d.st_mode & 0o7777))" \
			'say("READY=1")'
		assert_status 0 || return 1
		assert_started || return 1
		case $dir in
		*/xdg) assert_match "$(cat "$T/run/socket")" "^$dir/" || return 1 ;;
		*) refute grep -F "$T" "$T/run/socket" || return 1 ;;
		esac
		assert_content "$T/run/mode" '65534 711' || return 1
		assert_equal "$(names "$T/xdg")" '' "left in $dir" || return 1
		refute_exists "$(dirname "$(cat "$T/run/socket")")" || return 1
		stop
	done
}

# A manager around it.

@test "who starts another user's daemon, and is not root, has a socket for that user" {
	needroot
	needprogram setpriv
	local user
	mkdir -m 700 "$T/xdg"
	mkdir -m 1777 "$T/out"
	chown nobody "$T/xdg" "$T/run"
	for user in daemon nobody; do
		rm -f "$T/run/"* "$T/out/"*
		run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
			--inh-caps=+setgid,+setuid --ambient-caps=+setgid,+setuid \
			env XDG_RUNTIME_DIR="$T/xdg" "$(own "$DAEMONIZE")" -p "$F" \
			-w notify -t 15 -u "$user:games" "$T/talk" \
			"write('$T/out/socket', os.environ['NOTIFY_SOCKET'])" \
			'say("READY=1")'
		assert_status 0
		assert_started
		assert_stat %U "/proc/$pid" "$user"
		kill "$pid"
		wait_gone "$pid"
	done
	# His own is as it was.
	assert_match "$(cat "$T/out/socket")" "^$T/xdg/"
}

@test "a manager's NOTIFY_SOCKET: passed on, dropped, or replaced" {
	export NOTIFY_SOCKET=/outer/socket
	run_d -f sh -c 'echo "$NOTIFY_SOCKET"'
	assert_out /outer/socket
	probe_report
	refute_env NOTIFY_SOCKET
	start -p "$F" -w notify -t 15 "$T/talk" "write('$T/socket', os.environ['NOTIFY_SOCKET'])" 'say("READY=1")'
	assert_started
	[[ $(cat "$T/socket") != /outer/socket ]]
	stop
	start -p "$F" -w alive:0.1 -L "$T/log" sh -c 'echo "[$NOTIFY_SOCKET]"; exec sleep 600'
	assert_content "$T/log" '[]'
	stop
	# Whatever else says that there is none.
	start -p "$F" --clear-env -w notify -t 15 "$T/talk" 'say("READY=1")'
	stop
	start -p "$F" --keep-env -w notify -t 15 "$T/talk" 'say("READY=1")'
	stop
}

@test "what a manager hears from us is nothing" {
	run_bg "$T/talk" 's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)' \
		"s.bind('$T/outer')" 's.settimeout(0.5)' "wait_for('$T/done')" "
try: write('$T/heard', s.recv(100))
except TimeoutError: write('$T/heard', 'nothing')"
	wait_for test -S "$T/outer"
	NOTIFY_SOCKET=$T/outer run_d -p "$F" -w notify -t 15 sh -c "systemd-notify --ready; exec ${nap[*]}"
	assert_status 0
	touch "$T/done"
	wait_for not_empty "$T/heard"
	assert_content "$T/heard" nothing
}

@test "the socket is gone when the daemon is ready, and speaking goes on to fail" {
	start -p "$F" -w notify -t 15 "$T/talk" "write('$T/socket', os.environ['NOTIFY_SOCKET'])" \
		'say("READY=1")' "wait_for('$T/go')" "
try: say('STATUS=x'); write('$T/said', 'taken')
except OSError: write('$T/said', 'nobody')"
	assert_started
	refute_exists "$(dirname "$(cat "$T/socket")")"
	touch "$T/go"
	wait_for not_empty "$T/said"
	assert_content "$T/said" nobody
	assert_alive "$pid"
}

@test "a socket that cannot be made as it has to be ends the start" {
	local wish
	for wish in "socket:*=EMFILE" "setsockopt:*=ENOMEM" "socketpair:*=ENFILE"; do
		run_c "$HELPERS/fault" -w "0:$wish" "$DAEMONIZE" -p "$F" -w notify \
			-t 1 "${nap[@]}"
		assert_refused 71 'cannot prepare to wait for: notify: .*' ||
			fail "with $wish"
		assert_equal "$(names "$T/run")" '' "left"
		assert_no_process
	done
}
