#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Start, stop, status and restart, all at once on one pidfile: never two
# daemons, never a lost one, never a signal to anybody else, nothing left.
# RACES=all makes it 1,000 rounds instead of 150.
#
# shellcheck disable=SC2016,SC2154

load lib/common

setup() {
	setup_dir
	needprogram python3 strace flock
	# Not by way of a wrapper in PATH, which may be slow.
	python=$(python3 -c 'import sys; print(sys.executable)')
	F=$T/run/pid
	mkdir "$T/run"
	: >"$T/two"
	will_be_traced
	# The daemon says so if it is not the only one.  It never forks.
	flock=$(own "$(type -P flock)")
	sleep=$(own "$(type -P sleep)")
	daemon=(-a -e "$T/two" "$flock" --verbose -n -F "$T/alone" "$sleep" 600)
	rounds=150
	if [[ ${RACES:-} == all ]]; then
		rounds=1000
	fi
	# shellcheck disable=SC2034 # run_c's
	RUN_SECONDS=$rounds
	write_driver
}

# race ROUNDS WORD=VALUE... -- OPTION...: eight processes (`workers`), each of
# which runs in each round, at the same time as the others, `each` commands
# drawn from `commands`, a list of start, stop, group, status, restart; OPTION
# and what follows is what a start has.  With `kill`, some are killed by -9
# under way; with `reuse`, every process gets the least pid that is free, so
# that the pid of what has ended is another's at once.  In the end one --stop.
# Prints what happened, `VERB STATUS` a line, and what must not happen.
race() {
	local n=$1 words=()
	shift
	while [[ $1 != -- ]]; do
		words+=("$1")
		shift
	done
	shift
	case " ${words[*]} " in
	*" reuse=1 "*)
		run_c unshare --pid --fork --kill-child --mount-proc \
			"$python" -SI "$CAP/driver" "$n" "$DAEMONIZE" "$F" \
			"$T" "${words[@]}" -- "$@"
		;;
	*)
		run_c "$python" -SI "$CAP/driver" "$n" "$DAEMONIZE" "$F" \
			"$T" "${words[@]}" -- "$@"
		;;
	esac
	assert_status 0
	assert_err ''
	refute grep -q '^BAD' <<<"$out" || fail "$(grep '^BAD' <<<"$out" |
		head -n 20)"
	[[ ! -s $T/two ]] || fail "two at a time: $(cat "$T/two")"
	assert_equal "$(ls -A "$T/run")" '' 'files left after the last --stop'
	# For the reader of a log.
	printf '# %s\n' "${out//$'\n'/$'\n# '}" >&3
}

# often REGEX N: it has happened at least so often, or nothing was raced with.
often() {
	local n
	n=$(awk -v re="^($1) " '$0 ~ re { n += $NF } END { print n + 0 }' \
		<<<"$out")
	((n >= $2)) || fail "$1: $n times, not $2: $out"
}

write_driver() {
	cat >"$CAP/driver" <<-'END'
		import collections, ctypes, os, random, select, signal, sys, time
		rounds, daemonize, pidfile, mine = sys.argv[1:5]
		cut = sys.argv.index("--")
		words = dict(w.split("=", 1) for w in sys.argv[5:cut])
		start = sys.argv[cut + 1:]
		rounds, workers = int(rounds), int(words.get("workers", 8))
		each = int(words.get("each", 2))
		commands = words["commands"].split(",")
		killing, reuse = "kill" in words, "reuse" in words
		group = "group" in commands
		verbs = {
		    "start": [daemonize, "-p", pidfile] + start,
		    "restart": [daemonize, "--restart", "-p", pidfile] + start,
		    "stop": [daemonize, "-q", "--stop", "-p", pidfile],
		    "group": [daemonize, "-q", "--stop", "--stop-group", "-p",
		              pidfile],
		    "status": [daemonize, "-q", "--status", "-p", pidfile],
		    "reload": [daemonize, "--signal=CONT", "-p", pidfile],
		}
		# What each may answer.  Unknown, only where pids are reused: the
		# two files cannot be read at one moment.
		fine = {"start": {0, 75}, "restart": {0, 75}, "stop": {0},
		        "group": {0}, "status": {0, 1, 3}, "reload": {0, 7}}
		if reuse:
		    fine["status"].add(4)
		    fine["reload"].add(77)
		PR_SET_CHILD_SUBREAPER = 36
		ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
		count = collections.Counter()
		null = os.open("/dev/null", os.O_RDWR)
		said = mine + "/said"
		def bad(*what):
		    print("BAD", *what)
		def low():
		    # The next process gets the least pid from here on.
		    if reuse:
		        with open("/proc/sys/kernel/ns_last_pid", "w") as f:
		            f.write("60")
		def spawn(verb):
		    low()
		    return os.posix_spawn(daemonize, verbs[verb], {"PATH":
		        os.environ["PATH"]}, file_actions=[
		        (os.POSIX_SPAWN_DUP2, null, 0),
		        (os.POSIX_SPAWN_DUP2, null, 1),
		        (os.POSIX_SPAWN_OPEN, 2, said,
		         os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)])
		def worker(n, orders, answers):
		    dice = random.Random("%d %s" % (n, words))
		    while os.read(orders, 1):
		        got = []
		        for i in range(each):
		            verb = dice.choice(commands)
		            pid = spawn(verb)
		            if killing and dice.random() < 0.3:
		                time.sleep(dice.random() * 0.006)
		                os.kill(pid, signal.SIGKILL)
		            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		            got.append("%s:%d" % (verb, code))
		        os.write(answers, (" ".join(got) + "\n").encode())
		    os._exit(0)
		def innocent(hits, gate):
		    os.setpgid(0, 0)
		    def note(number, frame):
		        os.write(hits, b"signal %d\n" % number)
		    for s in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
		        signal.signal(s, note)
		    os.read(gate, 1)
		    os._exit(0)
		def bystanders(hits, orders):
		    # Six at a time, the oldest makes room for a new one.
		    os.set_blocking(orders, False)
		    alive, born = [], 0
		    while True:
		        try:
		            if os.read(orders, 1) == b"":
		                break
		        except BlockingIOError:
		            pass
		        r, w = os.pipe()
		        low()
		        pid = os.fork()
		        if pid == 0:
		            os.close(w)
		            for p, other in alive:
		                os.close(other)
		            innocent(hits, r)
		        os.close(r)
		        alive.append((pid, w))
		        born += 1
		        if len(alive) > 6:
		            let_go(hits, *alive.pop(0))
		        time.sleep(0.0005)
		    for one in alive:
		        let_go(hits, *one)
		    os.write(hits, b"born %d\n" % born)
		    os._exit(0)
		def let_go(hits, pid, w):
		    os.close(w)
		    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		    if code != 0:
		        os.write(hits, b"ended by %d\n" % code)
		def reap(mine):
		    # What was orphaned is our child now, and ends as one.
		    for pid in children():
		        if pid not in mine:
		            try:
		                os.waitpid(pid, os.WNOHANG)
		            except ChildProcessError:
		                pass
		def children():
		    with open("/proc/self/task/%d/children" % os.getpid()) as f:
		        return [int(p) for p in f.read().split()]
		def look(mine):
		    # The daemons that live, once no command is under way.
		    end = time.monotonic() + 10
		    while True:
		        reap(mine)
		        daemons, busy = [], False
		        for pid in children():
		            if pid in mine:
		                continue
		            try:
		                exe = os.readlink("/proc/%d/exe" % pid)
		                with open("/proc/%d/stat" % pid) as f:
		                    state = f.read().rsplit(")", 1)[1].split()[0]
		            except OSError:
		                busy = True
		                continue
		            if state in "ZX":
		                busy = True
		            elif exe == os.path.realpath(daemonize) or \
		                    os.path.basename(exe) == "daemonize":
		                busy = True
		            else:
		                daemons.append(pid)
		        if not busy:
		            return daemons
		        if time.monotonic() > end:
		            bad("a command does not end")
		            return daemons
		        time.sleep(0.0002)
		def content(name):
		    try:
		        with open(name) as f:
		            return f.read()
		    except FileNotFoundError:
		        return None
		def check(n, daemons):
		    if len(daemons) > 1:
		        bad("round", n, "daemons:", daemons)
		    there = sorted(os.listdir(os.path.dirname(pidfile)))
		    if daemons:
		        want = "%d\n" % daemons[0]
		        if content(pidfile) != want or not (content(pidfile + ".id")
		                or "").startswith("pid " + want):
		            bad("round", n, "lost:", daemons, "in", there,
		                repr(content(pidfile)))
		    if not killing and not (reuse and not daemons) and there != (["pid", "pid.id"] if daemons
		                                 else []):
		        bad("round", n, "daemons", daemons, "files", there)
		    # And it says so itself.
		    code = run("status")
		    if code != (0 if daemons else 3) and not (
		            (killing or reuse) and code == 1):
		        bad("round", n, "status", code, "daemons", daemons)
		def run(verb):
		    return os.waitstatus_to_exitcode(os.waitpid(spawn(verb), 0)[1])
		# The workers, the innocent, the rounds.
		helpers, ends = set(), []
		hits = os.open(mine + "/hits", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
		def helper(function, *args):
		    r, w = os.pipe()
		    pid = os.fork()
		    if pid == 0:
		        os.close(w)
		        for other in ends:
		            os.close(other)
		        function(*args, r)
		    os.close(r)
		    helpers.add(pid)
		    ends.append(w)
		hear = []
		for i in range(workers):
		    r, w = os.pipe()
		    hear.append(os.fdopen(r))
		    helper(lambda n, a, o: worker(n, o, a), i, w)
		    os.close(w)
		helper(bystanders, hits)
		odd, read = False, 0
		for n in range(rounds):
		    for w in ends[:workers]:
		        os.write(w, b"x")
		    got, waiting = [], list(hear)
		    while waiting:
		        for h in select.select(waiting, [], [], 0.002)[0]:
		            got += h.readline().split()
		            waiting.remove(h)
		        # As an init does.
		        reap(helpers)
		    for one in got:
		        verb, code = one.split(":")
		        code = int(code)
		        count[verb, code] += 1
		        if code not in fine[verb] and not (killing and code == -9):
		            bad("round", n, verb, "status", code)
		            odd = True
		    if "restart" in words["commands"] and not killing and \
		            "restart:0" not in got:
		        bad("round", n, "no restart has won:", got)
		    if odd:
		        bad("round", n, "said:", (content(said) or "")[read:])
		    odd, read = False, len(content(said) or "")
		    daemons = look(helpers)
		    check(n, daemons)
		    count["daemons", len(daemons)] += 1
		    if reuse and daemons and n % 2:
		        # Now its pid is somebody else's, and named by the files.
		        os.kill(daemons[0], signal.SIGKILL)
		        os.waitpid(daemons[0], 0)
		        count["daemon", -9] += 1
		        time.sleep(0.003)
		    if "one" in words and len(daemons) != 1:
		        bad("round", n, "daemons", daemons)
		if run("stop") != 0:
		    bad("the last stop")
		if look(helpers):
		    bad("the last stop has left a daemon")
		for w in ends:
		    os.close(w)
		for pid in helpers:
		    os.waitpid(pid, 0)
		for line in (content(mine + "/hits") or "").splitlines():
		    if line.startswith("born "):
		        count["innocent", 0] += int(line[5:])
		    else:
		        bad("an innocent process:", line)
		# Refusals are lines; nothing else may be said.
		for line in (content(said) or "").splitlines():
		    if not line.startswith("daemonize: cannot "):
		        bad("said:", line)
		print("rounds", rounds)
		for key in sorted(count):
		    print(*key, count[key])
	END
}

@test "start, stop and status race from eight processes: one daemon or none" {
	race "$rounds" commands=start,start,stop,status -- "${daemon[@]}"
	often "start 0" $((rounds / 3))
	often "start 75" $((rounds / 3))
	often "status 0" $((rounds / 10))
	often "daemons 1" $((rounds / 10))
	often "daemons 0" $((rounds / 10))
}

@test "the same where each pid is reused at once: no signal to the innocent" {
	needroot
	[[ -w /proc/sys/kernel/ns_last_pid ]] ||
		cannot_run "needs CONFIG_CHECKPOINT_RESTORE"
	race "$rounds" reuse=1 \
		commands=start,start,start,stop,stop,group,status,reload -- \
		"${daemon[@]}"
	often "start 0" $((rounds / 3))
	often "stop 0|group 0" $((rounds / 3))
	often "reload 0" $((rounds / 20))
	often "innocent 0" "$rounds"
	often "daemon -9" $((rounds / 8))
}

@test "the same with kill -9 of the commands: never two, never a lost one" {
	race "$rounds" kill=1 commands=start,start,stop,restart,status -- \
		"${daemon[@]}"
	often "start -9" $((rounds / 10))
	often "stop -9" $((rounds / 20))
	often "restart -9" $((rounds / 20))
	often "start 0" $((rounds / 10))
}

@test "four restarts at once: one daemon in the end, 0 or 75 each" {
	race $((rounds / 2)) workers=4 each=1 one=1 commands=restart -- \
		"${daemon[@]}"
	often "restart 0" $((rounds / 2))
}

@test "a restart that another start overtakes is 75, and that one stays" {
	local old new
	start -p "$F" "${daemon[@]}"
	old=$(<"$F")
	# Held up after its stop: as it takes the lock for its start.
	run_bg strace -qq -o "$CAP/trace" -e trace=flock \
		-e inject=flock:delay_enter=3000000:when=2 \
		"$DAEMONIZE" --restart -p "$F" "${daemon[@]}"
	wait_gone "$old"
	wait_for eval '[[ ! -e $F ]]'
	start -p "$F" "${daemon[@]}"
	new=$(<"$F")
	status=0
	wait "$bg" || status=$?
	assert_equal "$status" 75 status
	assert_content "$CAP/bg.err" \
		"daemonize: cannot start: $F: already running (process $new)"
	assert_alive "$new"
	assert_content "$F" "$new"
	assert_equal "$(<"$T/two")" '' 'two at a time'
	start --stop -p "$F"
	assert_equal "$(ls -A "$T/run")" '' files
}

# has_open FILE: some process of ours.
has_open() { [[ -n $(find /proc/[0-9]*/fd -lname "$1" 2>/dev/null) ]]; }

@test "a pidfile that is removed while it is read is none, not an unsafe one" {
	local row verb want nth
	for row in "--status 3" "--signal=CONT 7"; do
		read -r verb want <<<"$row"
		start -p "$F" "${daemon[@]}"
		# Which of its calls opens the pidfile?
		run_c strace -qq -o "$CAP/trace" -e trace=openat \
			"$DAEMONIZE" --status -p "$F"
		assert_status 0
		nth=$(sed -n '/, "pid", /{=;q}' "$CAP/trace")
		# It has opened it, and not yet looked at it, when it goes.
		run_bg strace -qq -o "$CAP/trace" -e trace=openat \
			-e inject=openat:delay_exit=2000000:when="$nth" \
			"$DAEMONIZE" "$verb" -p "$F"
		wait_for has_open "$F"
		start --stop -p "$F"
		status=0
		wait "$bg" || status=$?
		assert_equal "$status" "$want" "$verb" ||
			fail "$(cat "$CAP/bg.err" "$CAP/trace")"
	done
}
