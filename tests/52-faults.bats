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
# `make check-faults`; here it is each place of the program with half of its
# faults, and a sample of the rest.  FAULTS=all is all of it here.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

setup() {
	setup_dir
	will_be_traced
	ERRNOS=$SRCDIR/tests/faults.errnos
	EVERY=97
	[[ ${FAULTS:-} != all ]] || EVERY=1
}

# faults ARGUMENT...: the helper, on the program under test or $SUBJECT.
faults() {
	needroot
	rm -f "$T/tsv"
	RUN_SECONDS=1200 run_c "$HELPERS/faults" \
		-d "$(own "${SUBJECT:-$DAEMONIZE}")" \
		-w "$HELPERS/witness" -e "$ERRNOS" \
		-s "$SRCDIR/tests/faults.scenarios" -o "$T/tsv" "$@"
	[[ $err != *kernel:* ]] || skip "${err#*: }"
}

# kept: no promise was broken.  The sum is for the log.
kept() {
	[[ -s $T/tsv ]] || fail "$1: nothing was tried: $err"
	run_c awk -f "$SRCDIR/tests/faults.awk" "$T/tsv"
	tail -n 3 <<<"$out" | sed "s/^/# $1: /" >&3
	grep '^broken' <<<"$out" >&2 || :
	assert_status 0
}

@test "whatever place of the program a call fails at, what is said is so" {
	faults -j 4 -u -n 2
	kept places
	(($(wc -l <"$T/tsv") > 2000)) || fail "only $(wc -l <"$T/tsv") faults"
}

@test "whatever call of a start fails, it is started or nothing is left" {
	faults -j 2 -n "$EVERY" plain pidfile everything user-log chroot stale \
		named verbose ordinary
	kept start
}

@test "whatever allocation fails, it is said and nothing is left" {
	needroot
	local at expected row
	cat >"$CAP/refuse.c" <<-'END'
		#define _GNU_SOURCE
		#include <sys/auxv.h>
		#include <dlfcn.h>
		#include <errno.h>
		#include <fcntl.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>

		/* The program's own call, and the one that it is about. */
		static int
		refused(void *caller)
		{
			static int count;
			Dl_info by, program;

			if (!dladdr(caller, &by) || !dladdr((void *)getauxval(AT_ENTRY),
			    &program) || by.dli_fbase != program.dli_fbase ||
			    ++count != atoi(getenv("REFUSE")))
				return 0;
			close(creat(getenv("REFUSED"), 0600));
			errno = ENOMEM;
			return 1;
		}

		#define WRAP(type, name, parameters, arguments) \
		type name parameters { \
			type (*next) parameters = dlsym(RTLD_NEXT, #name); \
			return refused(__builtin_return_address(0)) ? NULL : next arguments; \
		}
		WRAP(void *, malloc, (size_t n), (n))
		WRAP(void *, realloc, (void *p, size_t n), (p, n))
		WRAP(char *, strdup, (const char *s), (s))
		void *__libc_calloc(size_t, size_t);
		void *calloc(size_t n, size_t m)	/* dlsym's, too */
		{
			return refused(__builtin_return_address(0)) ? NULL :
			    __libc_calloc(n, m);
		}
	END
	cc -w -O1 -shared -fPIC -o "$CAP/refuse.so" "$CAP/refuse.c" -ldl
	echo A=1 >"$T/env"
	# for the new user, too
	chmod 711 "$CAP"
	mkdir -m 777 "$CAP/any"
	while read -r expected row; do
		snapshot "$T"
		for ((at = 1; ; at++)); do
			rm -f "$CAP/any/refused"
			eval "run_c env REFUSE=$at REFUSED=$CAP/any/refused \
				LD_PRELOAD=$CAP/refuse.so $DAEMONIZE $row"
			[[ -e $CAP/any/refused ]] || break
			# The program may have written its line by then.
			err=${err%%$'\n'daemonize: the end of *}
			# What --status has to tell is that it does not know.
			[[ $row$status == *--status*4 ]] ||
				assert_refused 71 '.*: Cannot allocate memory( \(.*\))?' ||
				fail "allocation $at of: $row"
			assert_nothing_left "$T"
			assert_no_process
		done
		assert_status "$expected" || fail "$row"
		((at > 1)) || fail "not counted: $row"
		wait_for none_of_ours
	done <<-END
		0 -q -p $T/pid -G 0,1 -E A=1 --env-file=$T/env -o $CAP/log true
		0 -q -u nobody -o $CAP/log true
		0 -q --listen=@$T/x --listen=$T/socket -w exec --ro=/usr true
		0 -q -f -r / -l $CAP/lock -E B sh -c 'rm -f $T/socket'
		69 -q -w notify -w file:$T/none true
		0 -q -p $T/ready -L $CAP/log -w log:a -w fd:9 sh -c 'echo a; echo >&9; exec sleep 0.1'
		3 -q --status -p $T/none
		0 -q --list --json
	END
}

@test "what has been opened and cannot be looked at is refused" {
	needroot
	needprogram strace
	local call n seen=0
	local starts=("$DAEMONIZE" -p "$T/pid" -l "$T/lock" -i "$T/in" -o "$T/out" -e "$T/err" true)
	echo >"$T/in"
	snapshot "$T"
	run_c strace -y -o "$CAP/trace" -e trace='umask,?fstat,?newfstatat' "${starts[@]}"
	assert_status 0
	rm -f "$T/lock" "$T/out" "$T/err" "$T"/pid*
	# each by its number among the calls of that name; without a list of
	# descriptors we do
	while read -r call n; do
		run_c "$HELPERS/fault" -w "0:$call:$n=EIO" "${starts[@]}"
		((status >= 64)) || fail "$call $n: status $status"
		assert_message '.*: (Input/output|I/O) error' || fail "$call $n"
		assert_nothing_left "$T" || fail "$call $n"
		seen=$((seen + 1))
	done < <(awk -F'[(,]' '/^umask/ { ours = 1 } { count[$1]++ }
		ours && !/<\/proc\/[0-9]*\/fd>/ && ($1 == "fstat" || $3 == " \"\"") { print $1, count[$1] }' \
		"$CAP/trace")
	((seen > 10)) || fail "only $seen looks"
}

@test "wherever a start is killed: never two, and the next one works" {
	faults -j 2 -k pidfile stale everything
	kept kills
	(($(wc -l <"$T/tsv") > 300)) || fail "only $(wc -l <"$T/tsv") kills"
}

@test "whatever call fails with --foreground, it is started or nothing is left" {
	faults -j 2 -n "$EVERY" foreground fore-stale fore-own \
		fore-root
	kept foreground
}

@test "whatever call fails when one asks, what is said is true" {
	faults -j 2 -n "$EVERY" busy excused status status-dead status-none \
		status-json reload signal list list-json explain plan-json
	kept running
}

@test "whatever call of a wait fails, it is ready or nothing is left" {
	# Who sleeps for the time that a wait takes leaves room for others.
	faults -j 4 -n "$EVERY" notify new-root fd listen file log own-log \
		check alive several background passed own-notify
	kept ready
}

@test "whatever call fails of one that is not ready, that is what is said" {
	faults -j 4 -n "$EVERY" late late-own kept dying closed
	kept "not ready"
}

@test "whatever call fails of what it is given, it has it or does not run" {
	faults -j 2 -n "$EVERY" sockets fore-socket limits realtime caps \
		root-caps confined ports fore-confined own-sockets
	kept rights
}

@test "whatever call of a stop fails, it is stopped or it is said" {
	faults -j 2 -n "$EVERY" stop stubborn stop-group stop-named stop-dead \
		stop-none restart raise-dead raise-none
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
	for row in prlimit64:{1..9} setpriority:1 ioprio_set:1 \
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
	assert_equal "$(wc -l <"$T/tsv")" $((${#rows[@]} + 1)) lies
	refute grep -q never "$T/tsv"
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
	# A place that there is not is no place that holds.
	faults plain:2:chroot:1=EPERM
	assert_status 125
	assert_match "$err" 'plain:2:chroot:1=EPERM: no good run has this'
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
