#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The daemon's state comes from the options and not from the caller, however
# bad that is: the whole report of the probe is compared.  And the daemon
# outlives whatever happens to the caller in the moment that it has started.
#
# shellcheck disable=SC2016,SC2154 # scripts for sh; $status and the like

load lib/common

setup() {
	setup_dir
	probe_setup
	home=/home-of-the-caller stay=''
	unset_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	((EUID == 0)) || unset_path=/usr/local/bin:/usr/bin:/bin
	known=(env -i HOME="$home" DZ_TEST_MARK="$T")
	"${known[@]}" "$PROBE" "$T/direct" 3>&-
	setsid -w "${known[@]}" "$PROBE" "$T/session" 3>&-
}

# by WORD... -- OPTION...: the report of a daemon that this caller starts.
by() {
	local words=()
	while [[ $1 != -- ]]; do
		words+=("$1")
		shift
	done
	shift
	rm -f "$REPORT"
	run_c "${known[@]}" "$HELPERS/dirty" "${words[@]}" -- \
		"$DAEMONIZE" "$@" "$PROBE" "$REPORT" ${stay:+"$stay"}
	[[ $status == 0 ]] ||
		fail "status $status from a caller with ${words[*]}: $err" ||
		return 1
	assert_out '' || return 1
	wait_for test -s "$REPORT"
}

# Its parent is the front or, a moment later, the reaper: see below.
comparable() { report_plain "$1" | grep -v '^ppid='; }

# inherited REGEX: what by contract comes from the caller, and so is the same
# for a program that he executes himself.
inherited() { report_plain "$T/direct" | grep -E "^($1)"; }

# expected [VARIABLE...]: the whole report of a daemon.
expected() {
	cat <<-END
		fd.0=/dev/null access=rw append=0 nonblock=0 cloexec=0
		fd.1=/dev/null access=rw append=0 nonblock=0 cloexec=0
		fd.2=/dev/null access=rw append=0 nonblock=0 cloexec=0
		sig.blocked=0000000000000000
		sig.ignored=0000000000000000
		sig.caught=0000000000000000
		sig.pending=0000000000000000
		pid=PID
		sid=OTHER
		pgid=PID
		session_leader=0
		tty=none
		tty.opens=0
		umask=0022
		cwd=/
		$(inherited 'root=|root.id=')
		itimer.real=0
		itimer.virtual=0
		itimer.prof=0
		$(inherited 'limit\.|nice=|sched=|ioprio=|cpus=')
		$(grep ^session.nice= "$T/session")
		$(inherited 'oom_score_adj=|personality=')
		pdeathsig=0
		subreaper=0
		$(inherited '(uid|gid|groups)=')
		cap.inh=0000000000000000
		$(inherited 'cap.(prm|eff|bnd)=')
		cap.amb=0000000000000000
		$(inherited nonewprivs=)
		dumpable=1
		$(inherited securebits=)
		$(inherited keyring)
		env=HOME=$home
		env=DZ_TEST_MARK=$T
		$(printf 'env=%s\n' "$@" "PATH=$unset_path")
		argv.0=$PROBE
		$(printf 'argv.%s\n' "1=$REPORT" ${stay:+2=stay})
		exe=$PROBE
	END
}

# same WHAT [VARIABLE...]: the last report is the expected one.
same() {
	diff -u --label expected --label "a caller with $1" \
		<(expected "${@:2}") <(comparable "$REPORT") >&2 ||
		fail "the daemon is not clean: a caller with $1"
}

many_descriptors() {
	(($(ulimit -Hn) > 10100)) ||
		cannot_run "needs a limit of more than 10100 descriptors"
}

# The worst caller; what it sets by the call of a function comes later in the
# tests of what passes.
worst() {
	echo env:all path-unset umask:0777 itimer subreaper sigign sigblock \
		pending:HUP pending:TERM pending:CHLD pending:33 pending:64 \
		tty fds:10000 wronly-stdin nonblock deadcwd
	((EUID != 0)) || echo inheritable-caps ambient-caps
}

# Each kind of dirt alone.
single_dirt() {
	cat <<-'END'
		path-unset
		env:junk
		umask:0777
		umask:0
		umask:077
		subreaper
		itimer
		sigign
		sigchld-ign
		sigblock
		pending:HUP
		pending:INT
		pending:USR1
		pending:ALRM
		pending:TERM
		pending:CHLD
		pending:32
		pending:33
		pending:34
		pending:64
		tty
		fds:100
		wronly-stdin
		nonblock
		deadcwd
		closed:0
		closed:1
		closed:2
		closed:0,1
		closed:0,2
		closed:1,2
		closed:0,1,2
		closed:0,1,2 fds:100
		closed:0 wronly-stdin
		sigign sigblock sigchld-ign
	END
}

single_dirt_of_root() {
	cat <<-'END'
		inheritable-caps
		ambient-caps
	END
}

@test "a clean caller's daemon is as promised" {
	by path-unset --
	same nothing
}

@test "the worst caller's daemon is the same" {
	local closed words
	many_descriptors
	for closed in '' closed:0 closed:1 closed:2 closed:0,1 closed:0,2 \
		closed:1,2 closed:0,1,2; do
		read -r -d '' -a words < <(worst; echo "$closed") || :
		by "${words[@]}" --
		same "everything, $closed" XDG_RUNTIME_DIR=/nonexistent
	done
}

@test "the worst caller's daemon is the same with the highest limit" {
	local words
	many_descriptors
	ulimit -n "$(ulimit -Hn)"
	"${known[@]}" "$PROBE" "$T/direct" 3>&-
	read -r -d '' -a words < <(worst) || :
	by "${words[@]}" nofile:max closed:0,1,2 --
	same everything XDG_RUNTIME_DIR=/nonexistent
}

@test "each kind of dirt alone does not reach the daemon" {
	local -a words
	while read -r -a words; do
		by "${words[@]}" path-unset --
		same "${words[*]}"
	done < <(single_dirt; ((EUID != 0)) || single_dirt_of_root)
}

@test "every word of the dirty caller is clean, or passes, in these tests" {
	local word
	run_c "$HELPERS/dirty" help -- true
	for word in ${err##*The words are:}; do
		word=${word%%:*}
		{ single_dirt; single_dirt_of_root; passing; } |
			grep -Eqw -- "$word" ||
			[[ $word == noproc || $word == keyring ]] ||
			fail "not tested: $word"
	done
}

@test "a program that stops itself at once is left alone" {
	local i pid script='trap "echo hung up" HUP; kill -STOP $$; echo goes on'
	for ((i = 0; i < 30; i++)); do
		run_d -p "$T/pid" -o "$T/out" -a sh -c "$script"
		assert_status 0
		pid=$(cat "$T/pid")
		wait_for grep -q '^State:.T' "/proc/$pid/status"
		kill -KILL "$pid"
		wait_for none_of_ours
	done
	assert_equal "$(cat "$T/out")" '' "what it wrote"
}

@test "without /proc the daemon is as clean" {
	needroot
	local words
	many_descriptors
	stay=stay # what is dead cannot be looked at without /proc
	for words in '' "$(worst)" "$(worst) closed:0,1,2"; do
		# shellcheck disable=SC2086 # words
		by $words noproc path-unset --
		diff -u <(expected ${words:+XDG_RUNTIME_DIR=/nonexistent} |
			sed -E 's/^(fd\..)=[^ ]*/\1=?/
			s/^(tty|root|session.nice|oom_score_adj|exe)=.*/\1=?/') \
			<(comparable "$REPORT") >&2 || fail "with $words"
	done
}

@test "without /proc a program that ends at once has started, too" {
	needroot
	local i
	for ((i = 0; i < 20; i++)); do
		run_c "$HELPERS/dirty" noproc -- "$DAEMONIZE" true
		assert_status 0
		# Sanitizers speak of a missing /proc, we do not.
		[[ $err != *daemonize:* ]] || fail "$err"
	done
}

@test "the worst caller's daemon of another user is the same" {
	needroot
	local words
	many_descriptors
	read -r -d '' -a words < <(worst) || :
	by path-unset -- -u nobody
	comparable "$REPORT" >"$T/clean"
	by "${words[@]}" closed:0,1,2 keyring:secret -- -u nobody
	diff -u "$T/clean" <(comparable "$REPORT") >&2 ||
		fail "the daemon is not clean"
	# and is what it must be, apart from what is the same without -u
	diff <(expected) "$T/clean" | grep '^>' | cut -c 3- >"$T/other" || :
	diff -u - "$T/other" >&2 <<-END || fail "not as promised"
		uid=65534 65534 65534 65534
		gid=65534 65534 65534 65534
		groups=65534
		cap.prm=0000000000000000
		cap.eff=0000000000000000
		$(bounding_left)
		$(new_keyring)
		env=HOME=$(getent passwd nobody | cut -d : -f 6)
		env=USER=nobody
		env=LOGNAME=nobody
		env=SHELL=$(getent passwd nobody | cut -d : -f 7)
		env=PATH=/usr/local/bin:/usr/bin:/bin
	END
}

# It can only be emptied with this capability.
bounding_left() {
	if (($((16#$(grep -oP '^cap.eff=\K.*' "$T/direct"))) >> 8 & 1)); then
		echo cap.bnd=0000000000000000
	fi
}

# Nothing, where the caller's looks the same as a new one, empty and without
# a name, or where the kernel has none.
new_keyring() {
	diff <(inherited keyring) \
		<(printf '%s\n' 'keyring=SERIAL _ses' keyring.keys=) |
		grep '^>' | cut -c 3-
	return 0
}

@test "a caller's keys do not reach another user's daemon" {
	needroot
	run_c "$HELPERS/dirty" keyring:dirt -- true
	[[ $err != *"not implemented"* && $err != *"not permitted"* ]] ||
		skip "kernel: no keyrings here"
	by keyring:dirt --
	assert_report keyring.keys user:dirt
	by keyring:dirt -- -u nobody
	assert_report keyring.keys ''
	by keyring:dirt -- -f -u nobody
	assert_report keyring.keys ''
}

# What by contract passes: the word, and what it makes of the report.
passing() {
	cat <<-'END'
		nice:7              nice=7
		oom:77              oom_score_adj=77
		sched:batch         sched=batch 0 reset=0
		sched:idle          sched=idle 0 reset=0
		personality:0x40000 personality=00040000
		nonewprivs          nonewprivs=1
		nofile:64           limit.nofile=64:
	END
}

@test "limits, nice, scheduling, oom score, personality, no_new_privs pass" {
	local word line mode
	for mode in '' -f; do
		by path-unset -- $mode
		comparable "$REPORT" >"$T/clean"
		while read -r word line; do
			by path-unset "$word" -- $mode
			grep -q "^$line" "$REPORT" ||
				fail "does not pass: $word $mode: $line"
			# and that is the only thing that is different
			diff "$T/clean" <(comparable "$REPORT") |
				grep -c '^>' >"$T/differs" || :
			assert_content "$T/differs" 1 ||
				fail "more than that: $word $mode"
		done < <(passing)
	done
}

@test "every limit passes" {
	needprogram prlimit
	local limits=(prlimit --core=0:8 --cpu=1001:1002 --rss=1000000000
		--fsize=1000000001 --locks=11:12 --memlock=65536 --msgqueue=1000
		--nice=0 --nofile=99:100 --nproc=5000 --rtprio=0
		--sigpending=100 --stack=4194304:5000000 --rttime=1000000)
	"${limits[@]}" "$PROBE" "$T/limited" 3>&-
	rm -f "$REPORT"
	run_c "${limits[@]}" "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_report limit.nofile 99:100
	diff -u <(grep ^limit. "$T/limited") <(report_lines limit.) >&2 ||
		fail "limits are different"
}

@test "the capability bounding set passes without --user" {
	needroot
	needprogram setpriv
	local less=(setpriv --bounding-set '-net_raw,-sys_boot')
	"${less[@]}" "$PROBE" "$T/less" 3>&-
	refute diff -q <(grep ^cap. "$T/less") <(grep ^cap. "$T/direct")
	rm -f "$REPORT"
	run_c "${less[@]}" "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	diff -u <(grep ^cap. "$T/less") <(report_lines cap.) >&2 ||
		fail "capabilities are different"
}

@test "the daemon leads its process group, in a session without a leader" {
	local sid
	# The shell lives on its terminal while the daemon looks around.
	run_c "$HELPERS/pty" sh -c '
		"$1" "$2" "$3" stay || exit
		until test -s "$3"; do sleep 0.01; done
		ps -o sid= -p $$ | tr -d " " >"$3.caller"' \
		sh "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	wait_report "$REPORT"
	assert_report pgid "$pid"
	assert_report session_leader 0
	assert_report tty none
	assert_report tty.opens 0
	sid=$(report_value sid)
	[[ $sid != "$(cat "$REPORT.caller")" ]] || fail "the caller's session"
	[[ $sid != "$pid" ]] || fail "leads the session"
	wait_gone "$sid"
	# Nobody else is in it.
	assert_equal "$(ps -o pid= -s "$sid" | tr -d ' ')" "$pid" session
}

@test "the daemon cannot get a controlling terminal by opening one" {
	needprogram python3
	local out_file=$T/report/tty
	start python3 -c '
import os, sys
master, slave = os.openpty()
os.open(os.ttyname(slave), os.O_RDWR)
try:
    os.open("/dev/tty", os.O_RDWR)
    result = "has a terminal"
except OSError as e:
    result = e.strerror
with open(sys.argv[1] + ".new", "w") as f:
    f.write(result)
os.rename(sys.argv[1] + ".new", sys.argv[1])' "$out_file"
	wait_for test -s "$out_file"
	assert_content "$out_file" "No such device or address"
}

@test "the daemon's parent is the reaper, as soon as the start is over" {
	run_c "$HELPERS/reaper" -o "$T/left" sh -c '
		"$1" "$2" "$3" stay || exit
		until test -s "$3"; do sleep 0.01; done
		pid=$(sed -n "s/^pid=//p" "$3")
		for i in $(seq 500); do
			ppid=$(sed -n "s/^PPid:.//p" "/proc/$pid/status")
			test "$ppid" != "$PPID" || exit 0
			sleep 0.01
		done
		echo "the parent is $ppid, not $PPID" >&2
		exit 1' sh "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_silent
	assert_status 0
	assert_match "$(cat "$T/left")" '^[0-9]+ probe$'
}

@test "all 64 signals have their default effect, those of libc too" {
	by sigign sigblock pending:32 pending:33 --
	assert_report sig.ignored 0000000000000000
	assert_report sig.blocked 0000000000000000
	local sig
	for sig in 1 15 17 32 33 34 63 64; do
		rm -f "$REPORT"
		run_c "$HELPERS/dirty" sigign sigblock -- "$DAEMONIZE" \
			"$PROBE" "$REPORT" stay
		wait_report "$REPORT"
		python3 -c 'import os, sys
os.kill(int(sys.argv[1]), int(sys.argv[2]))' "$pid" "$sig"
		# SIGCHLD is ignored by default
		if ((sig == 17)); then
			assert_alive "$pid"
		else
			wait_gone "$pid"
		fi
	done
}

# Sets $strace: up to the exec, which alone may know how many descriptors there
# are.
counting() {
	strace=(strace -f -c -b execve -o "$T/strace"
		"$DAEMONIZE" "$PROBE" "$T/r" stay)
}

# calls COMMAND...: how often which system call is made by a start, other than
# the waits, and the looks at the end of one, which depend on the moment.
calls() {
	run_c "$@"
	assert_status 0 || return 1
	awk '$1 ~ /^[0-9.]+$/ && $NF != "total" && $NF !~ /^(wait4|waitid)$/ &&
		$NF !~ /^(rt_sigtimedwait|restart_syscall|poll|ppoll|read)$/ &&
		$NF !~ /^(sched_yield|pread64|getpid)$/ {
		print $NF, $4 }' "$T/strace" | sort
}

@test "a start costs the same, however high the limit of descriptors is" {
	needprogram strace
	local strace
	counting
	calls "$HELPERS/dirty" nofile:64 -- "${strace[@]}" >"$T/low"
	calls "$HELPERS/dirty" nofile:max -- "${strace[@]}" >"$T/high"
	grep -q ^close_range "$T/low" || fail "nothing was counted"
	diff -u "$T/low" "$T/high" >&2 || fail "not the same system calls"
}

@test "a start costs the same, however many processes there are" {
	needprogram strace
	local strace
	counting
	calls "${strace[@]}" >"$T/few"
	run_bg bash -c 'for ((i = 0; i < 300; i++)); do "$@" & done; echo up; wait' \
		bash "$(own "$(type -P sleep)")" 600
	wait_for has_line "$CAP/bg.out" up
	calls "${strace[@]}" >"$T/many"
	grep -q ^close_range "$T/few" || fail "nothing was counted"
	diff -u "$T/few" "$T/many" >&2 || fail "not the same system calls"
	# Of a list of them, one call gets hundreds.
	run_c strace -f -y -b execve -o "$T/strace" -e trace=close_range,getdents64 \
		"$DAEMONIZE" "$PROBE" "$T/r" stay
	has_line "$T/strace" close_range
	refute has_line "$T/strace" 'getdents64\([0-9]+</proc>'
}

total() { awk '{ n += $2 } END { print n }' "$1"; }

@test "a start costs the same with 10000 descriptors: the exec closes them" {
	needprogram strace
	many_descriptors
	local strace
	counting
	calls "$HELPERS/dirty" nofile:20000 -- "${strace[@]}" >"$T/few" ||
		calls "$HELPERS/dirty" nofile:max -- "${strace[@]}" >"$T/few"
	calls "$HELPERS/dirty" fds:10000 -- "${strace[@]}" >"$T/many"
	grep -q ^close_range "$T/few" || fail "nothing was counted"
	# Room is made for our own: a look at the terminal, and one call more.
	assert_equal "$(($(total "$T/many") - $(total "$T/few")))" 2 calls
}

umasks() {
	cat <<-'END'
		0                 0000
		0077              0077
		22                0022
		777               0777
		u=rwx,g=rx,o=     0027
		u=rwx,go=         0077
		a=rx              0222
		a=rwx             0000
		g+w               0002
		o-rx              0027
		go-rwx            0077
		u=                0722
		g=u               0002
		+w                0000
	END
}

@test "the umask is 022, or what --umask says, octal or as in umask(1)" {
	local mode wanted
	by umask:0777 --
	assert_report umask 0022
	while read -r mode wanted; do
		by umask:0135 -- -m "$mode"
		assert_equal "$(report_value umask)" "$wanted" "umask of $mode"
		# as the shell does it, where bash can
		[[ $mode == g=u ]] || assert_equal "$(umask 022; umask "$mode"; umask)" "$wanted" \
			"the shell's umask of $mode"
	done < <(umasks)
	by -- --umask=027
	assert_report umask 0027
}

@test "what is no umask is refused" {
	local mode
	for mode in '' 8 08 1000 01777 00000 -1 0x1f 22x ' 22' '22 ' u rwx \
		u=rwz z=r u+s a=t 'u=rwx,' 0o22 '@'; do
		run_d -m "$mode" "$PROBE" "$REPORT"
		assert_refused 64 'cannot understand the command line: --umask: ' ||
			fail "umask: ${mode@Q}"
		refute_exists "$REPORT"
	done
}

@test "the working directory is /, or what --chdir says" {
	mkdir -p "$T/a dir/sub"
	ln -s 'a dir' "$T/link"
	cd "$T/a dir"
	by --
	assert_report cwd /
	by -- -c "$T/a dir"
	assert_report cwd "$T/a dir"
	by -- -c sub
	assert_report cwd "$T/a dir/sub"
	by -- --chdir=../link/./sub/..
	assert_report cwd "$T/a dir"
	by -- -c .
	assert_report cwd "$T/a dir"
}

@test "a working directory that cannot be entered is said" {
	local dir want
	touch "$T/file"
	ln -s loop "$T/loop"
	while read -r dir want; do
		run_d -p "$T/pid" -o "$T/out" -c "$dir" "$PROBE" "$REPORT"
		assert_refused 66 "cannot change directory to: $dir: $want" ||
			fail "directory: $dir"
		refute_exists "$REPORT"
		refute_exists "$T/pid"
		refute_exists "$T/out"
	done <<-END
		$T/none No such file or directory
		$T/file Not a directory
		$T/loop (Too many levels of symbolic links|Symbolic link loop)
	END
}

@test "the working directory is entered as the daemon's user" {
	needroot
	mkdir -m 700 "$T/private" "$T/his"
	chown nobody "$T/his"
	by -- -u nobody -c "$T/his"
	assert_report cwd "$T/his"
	run_d -u nobody -c "$T/private" "$PROBE" "$REPORT"
	assert_refused 66 "cannot change directory to: $T/private: Permission"
}

@test "a caller whose directory is gone can start, but not go from there" {
	by deadcwd --
	assert_report cwd /
	rm "$REPORT"
	local option does
	while read -r option does; do
		run_c "$HELPERS/dirty" deadcwd -- "$DAEMONIZE" "$option" \
			"$PROBE" "$REPORT"
		assert_refused 66 "cannot $does: sub: the current directory is gone$"
		refute_exists "$REPORT"
	done <<-END
		-csub resolve path
		-psub resolve path
		-osub resolve path
		-wfile:sub resolve path
		--env-file=sub read environment file
	END
}

# live FILE...: each holds the pid of a process that lives.
live() {
	local file
	for file; do
		alive "$(cat "$file")" || return 1
	done
}

# all_live N: that many have executed, and live on.
all_live() {
	wait_for enough "$1" || fail "executed: $(find "$T/pids" -size +0 |
		wc -l) of $1" || return 1
	local file dead=0
	for file in "$T"/pids/*; do
		alive "$(cat "$file")" || dead=$((dead + 1))
	done
	((dead == 0)) || fail "dead: $dead of $1"
}

enough() { (($(find "$T/pids" -type f -size +0 | wc -l) == $1)); }

@test "200 of 200 daemons outlive a terminal that closes at once" {
	local i static
	static=$(own "$HELPERS/static")
	mkdir "$T/pids"
	for ((i = 0; i < 200; i++)); do
		run_c "$HELPERS/pty" "$DAEMONIZE" "$static" x "$T/pids/$i"
		assert_status 0
	done
	all_live 200
}

@test "200 of 200 daemons outlive the shell and the terminal they came from" {
	local i static
	static=$(own "$HELPERS/static")
	mkdir "$T/pids"
	for ((i = 0; i < 200; i++)); do
		run_c "$HELPERS/pty" -c @ sh -c '
			"$@"; printf "@$?"
			while :; do sleep 1; done' \
			sh "$DAEMONIZE" "$static" x "$T/pids/$i"
		assert_status 129
	done
	all_live 200
}

@test "daemons outlive signals to the caller's process group" {
	local i sig static
	static=$(own "$HELPERS/static")
	mkdir "$T/pids"
	for sig in HUP TERM INT QUIT; do
		for ((i = 0; i < 50; i++)); do
			run_c setsid -w bash -c '
				trap : "$1"
				"${@:2}" || exit
				kill -s "$1" 0' bash "$sig" \
				"$DAEMONIZE" "$static" x "$T/pids/$sig.$i"
			assert_status 0
		done
	done
	all_live 200
}

@test "as process 1 it refuses to detach, and points to --foreground" {
	needroot
	needprogram unshare
	run_c unshare -fp --mount-proc "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_refused 64 'cannot detach: process 1 .*--foreground'
	refute_exists "$REPORT"
	# not only because of the namespace
	run_c unshare -fp --mount-proc sh -c '"$@"; exit $?' sh \
		"$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
}

@test "installed set-user-ID, set-group-ID or with capabilities it refuses" {
	needroot
	needprogram setpriv setcap
	local copy=$T/bin/copy as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	mkdir -p "$T/bin"
	cp "$DAEMONIZE" "$copy"
	for how in 'chmod 4755' 'chmod 2755' 'setcap cap_setuid,cap_setgid+ep'; do
		chmod 755 "$copy"
		setcap -q -r "$copy" 2>/dev/null || :
		$how "$copy"
		# shellcheck disable=SC2086 # words
		run_c $as "$copy" "$PROBE" "$REPORT"
		assert_refused 77 'cannot run with borrowed privileges: ' ||
			fail "$how"
		# shellcheck disable=SC2086
		run_c $as "$copy" -f "$PROBE" "$REPORT"
		assert_refused 77 'cannot run with borrowed privileges: ' ||
			fail "$how, in the foreground"
		refute_exists "$REPORT"
	done
	chmod 755 "$copy"
	setcap -q -r "$copy"
	# shellcheck disable=SC2086
	run_c $as "$copy" "$PROBE" "$REPORT"
	assert_status 0
}
