# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Loaded by every .bats file: a private directory $T for each test, running
# the program with nothing inherited, waiting on conditions instead of
# sleeping, and killing whatever a test has started.  assert.bash has the
# assertions, probe.bash what works with the probe's report.

# From make; the defaults are for running bats by hand in a built tree.
: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/.." && pwd)}"
: "${HELPERS:=$SRCDIR/tests/helpers}"
: "${DAEMONIZE:=$SRCDIR/daemonize}"
: "${VERSION:=$(sed -n 's/^AC_INIT(\[[^]]*\], *\[\([^]]*\)\].*/\1/p' \
	"$SRCDIR/configure.ac" 2>/dev/null)}"
SRCDIR=$(realpath -m "$SRCDIR") HELPERS=$(realpath -m "$HELPERS")
DAEMONIZE=$(realpath -ms "$DAEMONIZE")

# searchable: PATH without what is no directory or not to be searched; a program
# that is not found would be one that may not be executed.
searchable() {
	local dir path=
	while IFS= read -rd : dir; do
		[[ ! -d $dir || ! -x $dir ]] || path+=${path:+:}$dir
	done <<<"$PATH:"
	echo "$path"
}

# What a test runs gets a known environment: PATH, HOME, LC_ALL, the mark,
# and what the test itself exports.  bats keeps its variables, unexported;
# not before setup, since it starts each test by way of them.
clean_environment() {
	local name
	for name in $(compgen -e); do
		case $name in
		PATH | HOME | TMPDIR | [ALTU]*SAN_OPTIONS | GCOV_* | LLVM_*) ;;
		*) export -n "${name?}" ;;
		esac
	done
	while read -r _ _ name; do
		export -nf "${name?}"
	done < <(declare -Fx)
	PATH=${PATH#"${BATS_LIBEXEC:-}:"}
	PATH=$(searchable)
	export LC_ALL=C
}

: "${RUN_SECONDS:=20}"	# a run that takes longer hangs
: "${WAIT_SECONDS:=10}"	# a condition that takes longer fails

bats_require_minimum_version 1.5.0

lib=${BASH_SOURCE[0]%/*}
# shellcheck disable=SC1091
source "$lib/assert.bash"
# shellcheck disable=SC1091
source "$lib/probe.bash"

# A .bats file with a setup of its own calls these two from it.
setup() { setup_dir; }
teardown() { teardown_dir; }

# $T: a fresh directory that any user can look into, and whose name marks
# what the test starts.  $CAP: output and notes, out of the way of snapshots.
setup_dir() {
	skip_excluded
	clean_environment
	umask 022
	T=$(mktemp -d /tmp/dz.XXXXXXXX)
	CAP=$(mktemp -d /tmp/cap.XXXXXXXX)
	chmod 755 "$T"
	tracked=() command=() out='' err='' status=''
}

# will_be_traced: the leak check does not work in a process that is traced.
will_be_traced() {
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# skip_excluded: what makes no sense in this variant, says tests/exclusions.
skip_excluded() {
	local variants file pattern reason
	[[ -n ${VARIANT:-} ]] || return 0
	while IFS='|' read -r variants file pattern reason; do
		# shellcheck disable=SC2053 # patterns
		[[ " $variants " == *" $VARIANT "* &&
			${BATS_TEST_FILENAME##*/} == $file &&
			$BATS_TEST_DESCRIPTION == $pattern ]] || continue
		skip "$reason"
	done < <(grep -v '^#' "$SRCDIR/tests/exclusions")
}

teardown_dir() {
	[[ -n ${T:-} ]] || return 0
	kill_tree
	if [[ -z ${BATS_TEST_COMPLETED:-} ]] && ((${#command[@]})); then
		show_last
	fi
	rm -rf -- "$T" "$CAP"
}

# What was run last, for the reader of a failure.
show_last() {
	{
		printf 'command: %s\n' "${command[*]@Q}"
		printf 'status:  %s\n' "$status"
		printf 'stdout:  %s\n' "$out"
		printf 'stderr:  %s\n' "$err"
	} >&2
}

fail() {
	printf 'failed: %s\n' "$*" >&2
	return 1
}

# bats itself waits for everyone who holds its descriptors.
close_fds() {
	local path fd
	for path in /proc/"$BASHPID"/fd/*; do
		fd=${path##*/}
		if ((fd > 2)); then
			exec {fd}>&-
		fi
	done
}

# What is started bears a mark: see our_processes.
mark() {
	export DZ_TEST_MARK=$T
	close_fds
}

# run_c COMMAND...: runs it with nothing but 0-2, standard input from
# /dev/null (or from $INPUT), the outputs apart in $out and $err, and
# $status.  The command's own failure is not a failure here; a hang is.
run_c() {
	command=("$@") status=0
	(
		mark
		exec timeout -s KILL "$RUN_SECONDS" "$@"
	) <"${INPUT:-/dev/null}" >"$CAP/out" 2>"$CAP/err" || status=$?
	out=$(tr -d '\0' <"$CAP/out")
	err=$(tr -d '\0' <"$CAP/err")
	if ((status == 137)); then
		fail "killed, or took more than $RUN_SECONDS seconds: $*"
	fi
}

# run_d OPTION...: the same for the program under test.
run_d() { run_c "$DAEMONIZE" "$@"; }

# start OPTION...: a run_d that has to succeed.
start() {
	run_d "$@"
	assert_status 0
}

# movable_places: $T/home and $T/sticky, where nobody can move a file of root's.
movable_places() {
	mkdir "$T/home" "$T/sticky"
	chown nobody "$T/home"
	chmod 1777 "$T/sticky"
}

# run_bg COMMAND...: in the background; $bg is its pid, $CAP/bg.out and
# $CAP/bg.err what it writes.
run_bg() {
	(
		mark
		exec "$@"
	) </dev/null >"$CAP/bg.out" 2>"$CAP/bg.err" &
	# shellcheck disable=SC2034 # for the tests
	bg=$!
	track "$bg"
}

# own PROGRAM: a copy under $T, so that teardown finds its processes even
# when they have an empty environment.  Prints the path.
own() {
	mkdir -p "$T/bin"
	[[ -e $T/bin/${1##*/} ]] || cp -- "$1" "$T/bin/"
	printf '%s\n' "$T/bin/${1##*/}"
}

hangs_or_not() { has_line "$CAP/bg.out" ready || gone "$bg"; }

# hanging ARGUMENT ...: a file system in $T/hang that hangs; see helpers/hang.c.
# $bg is whoever keeps it.
hanging() {
	needroot
	mkdir -p "$T/hang"
	run_bg "$HELPERS/hang" "$T/hang" "$@"
	wait_for hangs_or_not
	if ! has_line "$CAP/bg.out" ready; then
		status=0
		wait "$bg" || status=$?
		((status == 77)) || fail "no file system: $(cat "$CAP/bg.err")"
		skip "kernel: no file system in user space: $(cat "$CAP/bg.err")"
	fi
}

# wait_for COMMAND...: until it succeeds, or loudly not.
wait_for() {
	local deadline=$((${EPOCHREALTIME/[.,]/} + WAIT_SECONDS * 1000000))
	until "$@" 2>/dev/null; do
		if ((${EPOCHREALTIME/[.,]/} > deadline)); then
			fail "not within $WAIT_SECONDS seconds: $*"
			return 1
		fi
		sleep 0.005
	done
}

# alive PID: it runs, if only a thread of it; a zombie that nobody has reaped
# yet does not.
alive() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	read -ra stat <<<"${stat##*) }"
	[[ -n ${stat[0]-} && (${stat[0]} != [ZX] || ${stat[17]} -gt 1) ]]
}

gone() { ! alive "$1"; }

wait_gone() { wait_for gone "$1"; }

# has_line FILE REGEX: for wait_for.
has_line() { grep -Eq -- "$2" "$1" 2>/dev/null; }

# not_empty FILE: for wait_for.
not_empty() { [[ -s $1 ]]; }

# track PID...: teardown kills it, whatever it looks like.
track() {
	local pid
	for pid; do
		tracked+=("$pid:$(start_time "$pid")")
	done
}

# Since boot, in ticks: with the pid it is one process, for ever.
start_time() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	stat=${stat##*) }
	cut -d ' ' -f 20 <<<"$stat"
}

# The pids of all that this test has started and that still runs: by
# executable or argument under $T, by the mark in the environment, by track.
our_processes() {
	local entry pid pids
	pids=$({
		find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$T/*"
		grep -laF -e "$T" /proc/[0-9]*/cmdline /proc/[0-9]*/environ || :
		for entry in "${tracked[@]}"; do
			pid=${entry%:*}
			if [[ ${entry#*:} == "$(start_time "$pid")" ]]; then
				printf '/proc/%s/\n' "$pid"
			fi
		done
	} 2>/dev/null | cut -d / -f 3 | sort -un)
	# Only now: the commands above bear marks too, and are gone.
	for pid in $pids; do
		if [[ $pid != "$$" ]] && alive "$pid"; then
			printf '%s\n' "$pid"
		fi
	done
}

none_of_ours() { [[ -z $(our_processes) ]]; }

# Returns by number: in teardown, which is a trap, a bare `return` has the
# status from before it.
kill_ours() {
	local pids
	mapfile -t pids < <(our_processes)
	((${#pids[@]} == 0)) && return 0
	kill -KILL "${pids[@]}" 2>/dev/null
	return 1
}

# Until nothing is found: what was forking when we looked is found next time.
kill_tree() { wait_for kill_ours; }

# sees_proc: unless tests/run passes the suite without /proc, and root runs it.
sees_proc() { [[ ${DAEMONIZE##*/} != noproc ]] || ((EUID != 0)); }

# landlock_abi: the kernel's own answer, 0 for none.  Emulators and valgrind pass
# no such call on.
landlock_abi() {
	[[ $DAEMONIZE != */under/daemonize ]] || { echo 0; return; }
	python3 -c 'import ctypes
print(max(0, ctypes.CDLL(None).syscall(444, None, 0, 1)))'
}

# needlandlock: a kernel without it is no failure of ours.
needlandlock() {
	local abi
	needprogram python3 || return
	abi=$(landlock_abi) || fail "no answer" || return 1
	((abi >= 4)) || skip "kernel: Landlock ABI $abi"
}

# needroot, needprogram NAME...: a test that cannot run here is skipped for
# a person, and has failed for a machine ($CI).
needroot() {
	((EUID == 0)) || cannot_run "needs root"
}

needprogram() {
	local name
	for name; do
		type -P "$name" >/dev/null || cannot_run "needs $name"
	done
}

cannot_run() {
	if [[ -n ${CI:-} ]]; then
		fail "$1"
	else
		skip "$1"
	fi
}

# free_port: a port of 127.0.0.1 where nobody listens now; below the range that
# the kernel gives out itself.
free_port() {
	local n
	while :; do
		n=$((10000 + RANDOM % 20000))
		(exec 9<>"/dev/tcp/127.0.0.1/$n") 2>/dev/null || break
	done
	echo "$n"
}

# page [TEXT]: does the server at $port answer with it?
page() {
	local text
	# shellcheck disable=SC2154 # the test's
	exec {fd}<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$fd"
	text=$(cat <&"$fd")
	exec {fd}>&-
	[[ $text == *"${1:-the page}"* ]]
}

# What is below a directory, on one line.
names() { (cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | xargs); }

# executable FILE: made of standard input.
executable() {
	cat >"$1"
	chmod 755 "$1"
}

# script NAME: a shell script from standard input, $T/NAME.
script() {
	{
		echo '#!/bin/sh'
		cat
	} | executable "$T/$1"
}

# copy_tree: the sources in $T/tree, without the usual build directories.
copy_tree() {
	mkdir "$T/tree"
	tar -C "$SRCDIR" -cf - --exclude=./.git --exclude=./build \
		--exclude=./build-check . | tar -C "$T/tree" -xf -
	chmod -R u+w "$T/tree"
}

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# root_with_usr PROGRAM: $T/jail, a root with programs in it and $T/PROGRAM,
# which only what runs by "${in_jail[@]}" sees.
root_with_usr() {
	local name
	mkdir -p "$T/jail/usr"
	for name in bin lib lib64; do
		ln -s "usr/$name" "$T/jail/$name"
	done
	cp "$T/$1" "$T/jail/$1"
	# shellcheck disable=SC2016,SC2034 # the inner shell's; the test's
	in_jail=(unshare -m sh -c 'mount --bind /usr "$0/usr" && exec "$@"' "$T/jail")
}
