#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every call of every command, in every process, fails in turn, does half of
# its work, lies, or never returns: success is said if and only if it is so;
# otherwise there is one message, and nothing is left.
#
# The calls are those of a run that went well, recorded each time: a new one is
# covered by itself.  faults.scenarios has what is run, faults.errnos what a
# call can fail with, helpers/faults.c how it is done.  All of it takes minutes,
# `make check-faults`; here it is a sample.  FAULTS=all is all of it here.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

setup() {
	setup_dir
	# The leak check does not work in a process that is traced.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	ERRNOS=$SRCDIR/tests/faults.errnos
	EVERY=41
	[[ ${FAULTS:-} != all ]] || EVERY=1
}

# faults ARGUMENT...: the helper, on the program under test or $SUBJECT.
faults() {
	needroot
	rm -f "$T/tsv"
	RUN_SECONDS=1200 run_c "$HELPERS/faults" -d "${SUBJECT:-$DAEMONIZE}" \
		-w "$HELPERS/witness" -e "$ERRNOS" \
		-s "$SRCDIR/tests/faults.scenarios" -o "$T/tsv" "$@"
	[[ $err != *kernel:* ]] || skip "${err#*: }"
}

# kept: no promise was broken.  The sum is for the log.
kept() {
	run_c awk -f "$SRCDIR/tests/faults.awk" "$T/tsv"
	tail -n 3 <<<"$out" | sed "s/^/# $1: /" >&3
	grep '^broken' <<<"$out" >&2 || :
	assert_status 0
}

@test "whatever call of a start fails, it is started or nothing is left" {
	faults -j 2 -n "$EVERY" plain pidfile everything user-log chroot stale named
	kept start
}

@test "whatever call fails with --foreground, it is started or nothing is left" {
	faults -j 2 -n "$EVERY" foreground fore-stale
	kept foreground
}

@test "whatever call fails on a daemon that runs, what is said of it is true" {
	faults -j 2 -n "$EVERY" busy status reload signal list
	kept running
}

@test "whatever call of a wait fails, it is ready or nothing is left" {
	# Who sleeps for the time that a wait takes leaves room for others.
	faults -j 4 -n "$EVERY" notify new-root fd listen file log own-log \
		check alive several background passed
	kept ready
}

@test "whatever call fails of one that is not ready, that is what is said" {
	faults -j 4 -n "$EVERY" late kept dying closed
	kept "not ready"
}

@test "whatever call fails of what it is given, it has it or does not run" {
	faults -j 2 -n "$EVERY" sockets fore-socket limits realtime caps \
		root-caps confined ports fore-confined
	kept rights
}

@test "whatever call of a stop fails, it is stopped or it is said" {
	faults -j 2 -n "$EVERY" stop stubborn stop-group stop-named restart
	kept stop
}

@test "no lie about rights makes a program run with more of them" {
	local row rows=()
	for row in setgroups:1 setresgid:1 setresuid:1 capset:1 prctl:{1..6} \
		keyctl:{1..3} chroot:1 fchdir:1; do
		rows+=("chroot:2:$row=0")
	done
	for row in setgid:1 setuid:1 setgroups:{1,2} setresgid:{1,2} \
		setresuid:{1,2}; do
		rows+=("everything:2:$row=0")
	done
	for row in prlimit64:{1..12} setpriority:1 ioprio_set:1 \
		sched_setaffinity:1 sched_setscheduler:1; do
		rows+=("limits:2:$row=0")
	done
	for row in capset:{1..2} setresuid:1 prctl:{1..4}; do
		rows+=("caps:2:$row=0")
	done
	for row in prctl:1 seccomp:1 landlock_restrict_self:1; do
		rows+=("ports:2:$row=0")
	done
	faults "${rows[@]}" everything:1:setsid:1=0
	kept lies
	(($(wc -l <"$T/tsv") >= ${#rows[@]} - 2)) || fail "$(cat "$T/tsv")"
	refute grep -q never "$T/tsv"
}

# preload: a library with which allocation number FAIL_AT of the program fails.
preload() {
	needprogram cc
	cat >"$CAP/memory.c" <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/stat.h>
		void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t),
		    *__libc_realloc(void *, size_t);
		static long left;
		__attribute__((constructor)) static void begin(void) {
			const char *at = getenv("FAIL_AT");
			if (at && !strcmp(program_invocation_short_name,
			    "daemonize"))
				left = atol(at);
		}
		static int fails(void) {
			if (left == 0 || --left > 0)
				return 0;
			mkdir(getenv("FAILED"), 0700);
			errno = ENOMEM;
			return 1;
		}
		void *malloc(size_t n) {
			return fails() ? NULL : __libc_malloc(n);
		}
		void *calloc(size_t n, size_t m) {
			return fails() ? NULL : __libc_calloc(n, m);
		}
		void *realloc(void *p, size_t n) {
			return fails() ? NULL : __libc_realloc(p, n);
		}
	END
	cc -shared -fPIC -o "$T/memory.so" "$CAP/memory.c"
}

# short_of_memory LEAST CHECK OPTION...: runs it until no allocation is left to
# fail, at least LEAST times; what came of each is CHECK's to judge.
short_of_memory() {
	local least=$1 judge=$2 n
	shift 2
	for ((n = 1; ; n++)); do
		rm -rf "$T/failed"
		LD_PRELOAD=$T/memory.so FAIL_AT=$n FAILED=$T/failed \
			run_d "$@"
		err=$(sed '/LD_PRELOAD/d' <<<"$err")
		"$judge" || fail "allocation $n"
		[[ -d $T/failed ]] || break
	done
	((n > least)) || fail "only $n allocations: $*"
}

# A start: success, or one message and nothing left.
judge_start() {
	if ((status == 0)); then
		run_d --stop -p "$T/run/pid"
		assert_status 0 || return
		rm -f "$T/run/socket"
	else
		assert_status 71 || return
		assert_match "${err%%$'\n'*}" \
			'^daemonize: cannot .*: Cannot allocate memory$' || return
		assert_no_process || return
	fi
	assert_equal "$(ls -A "$T/run")" '' "files left"
}

judge_plan() {
	((status == 71)) || assert_equal "$status$out" "0$plan" "the plan"
}

@test "whatever allocation fails, it is said, or it was not needed" {
	preload
	mkdir "$T/run"
	echo A=1 >"$T/env"
	local sleep options plan
	sleep=$(own "$(type -P sleep)")
	options=(-c /usr -p "$T/run/pid" -l "$T/lock" -L "$T/log" -E ONE=1
		-E HOME --env-file="$T/env" --listen=a="$T/run/socket"
		-w 'log:a|b' -w fd:9)
	short_of_memory 40 judge_start "${options[@]}" \
		sh -c "echo a; echo >&9; exec $sleep 600 9>&-"
	short_of_memory 8 judge_start -f -p "$T/run/pid" -l "$T/lock" \
		-L "$T/log" "$(type -P true)"
	LD_PRELOAD=$T/memory.so FAIL_AT=0 FAILED=0 \
		run_d -x "${options[@]}" "$sleep" 600
	plan=$out
	short_of_memory 40 judge_plan -x "${options[@]}" "$sleep" 600
}

@test "a call that is new wants a row of its own" {
	sed '/^chdir/d' "$SRCDIR/tests/faults.errnos" >"$T/errnos"
	ERRNOS=$T/errnos
	faults -n 1000 plain
	assert_status 125
	assert_match "$err" 'chdir: a new call: add a row to '
}

@test "a program that runs otherwise is found, and one that does not run" {
	# Nobody finds out whether chdir(2) did what it says.
	sed 's/^chdir .*/& 0/' "$SRCDIR/tests/faults.errnos" >"$T/errnos"
	ERRNOS=$T/errnos
	faults everything:2:chdir:1=0
	assert_status 1
	grep -q 'runs otherwise: .*cwd=/run/w/place ' "$T/tsv" ||
		fail "$(cat "$T/tsv")"
	run_c awk -f "$SRCDIR/tests/faults.awk" "$T/tsv"
	assert_status 1
	assert_match "$out" '1 violations$'
	# Success, and nothing at all has been done.
	SUBJECT=$(type -P true)
	faults plain
	assert_status 125
	assert_match "$err" 'plain: no good run: '
}

@test "one fault by hand is one fault, and the record has every call" {
	local fault
	fault=$(own "$HELPERS/fault")
	run_c "$fault" -w 2:execve:1=E2BIG "$DAEMONIZE" "$(type -P true)"
	[[ $err != *kernel:* ]] || skip "${err#*: }"
	assert_refused 126 'cannot execute: .*: Argument list too long'
	run_c "$fault" -o "$T/calls" "$DAEMONIZE" "$(type -P true)"
	assert_status 0
	grep -qx '1 setsid 1 [0-9]*' "$T/calls"
	grep -qx '2 execve 1 0' "$T/calls"
	grep -qx '0 exit_group 1 -' "$T/calls"
	run_c "$fault" -w 0:chroot:1=EPERM "$DAEMONIZE" "$(type -P true)"
	assert_status 124
	assert_err 'never 0 chroot 1'
	run_c "$fault" -o "$T/calls" -w 0:write:1=short "$DAEMONIZE" --version
	grep -qx '0 write 1 1' "$T/calls"
	run_c "$fault" -w 1:setsid:1=kill "$DAEMONIZE" "$(type -P true)"
	assert_refused 70 'cannot execute: .*: it ended before it could execute'
}
