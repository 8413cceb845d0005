#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# On a kernel that lacks what is used there is another way, or a refusal that
# says so; never a start that is half of one.  `tests/run missing` passes the
# whole suite in this way; missing.expected has what cannot hold then.
#
# status, out and err: common.bash sets them; commas are meant
#
# shellcheck disable=SC2054,SC2154

load lib/common

# What there is another way for; with a comma, none of them is there.
FEATURES=(close_range pidfd_open pidfd_send_signal
	pidfd_open,pidfd_send_signal fstatfs statx renameat2 timer_create keyctl
	openat2 execveat faccessat2 clone3 getrandom landlock_create_ruleset
	close_range,pidfd_open,pidfd_send_signal,fstatfs,statx,renameat2)

setup() {
	setup_dir
	run_c "$HELPERS/without" close_range true
	[[ $err != *kernel:* ]] || skip "${err#*: }"
	assert_status 0
	# A filter, as an ordinary user's, must be a copy that he can reach.
	WITHOUT=$(own "$HELPERS/without")
	program=("$(type -P sleep)" 1000)
}

without() { run_c "$WITHOUT" "$@"; }

@test "what is missing is missing" {
	without mkdir=EDQUOT,mkdirat=EDQUOT mkdir "$T/dir"
	assert_status 1
	assert_match "$err" 'Disk quota exceeded'
	ulimit -S -c 0
	without mkdir=kill,mkdirat=kill mkdir "$T/dir"
	assert_status $((128 + $(kill -l SYS)))
	refute_exists "$T/dir"
	without no_such_call true
	assert_status 125
	without close_range=OK true
	assert_status 125
}

@test "without a call that newer kernels have, all commands work" {
	local feature
	for feature in "${FEATURES[@]}"; do
		without "$feature" "$DAEMONIZE" -p "$T/pid" -L "$T/log" "${program[@]}"
		assert_status 0 || fail "$feature: start: $err"
		assert_silent || fail "$feature: start"
		pid=$(cat "$T/pid")
		assert_alive "$pid" || fail "$feature"
		without "$feature" "$DAEMONIZE" -p "$T/pid" "${program[@]}"
		assert_refused 75 "cannot start: .*: already running \(process $pid\)" ||
			fail "$feature: again"
		without "$feature" "$DAEMONIZE" --status -p "$T/pid"
		assert_status 0 || fail "$feature: --status: $out$err"
		without "$feature" "$DAEMONIZE" --signal=CONT -p "$T/pid"
		assert_status 0 || fail "$feature: --signal: $err"
		without "$feature" "$DAEMONIZE" --restart -p "$T/pid" "${program[@]}"
		assert_status 0 || fail "$feature: --restart: $err"
		wait_gone "$pid"
		without "$feature" "$DAEMONIZE" --stop -p "$T/pid"
		assert_status 0 || fail "$feature: --stop: $err"
		assert_no_process || fail "$feature"
		assert_equal "$(ls -A "$T")" $'bin\nlog' "$feature: what is left"
	done
}

@test "where a filter refuses faccessat2(2), access is told by the older call" {
	needroot
	local verb filter=(faccessat2=EPERM "$DAEMONIZE" -p "$T/pid")
	for verb in '' --restart; do
		without "${filter[@]}" ${verb:+"$verb"} -L "$T/log" -w log:ready \
			-t 10 sh -c "echo ready; exec ${program[*]}"
		assert_status 0 || fail "$verb: $err"
	done
	start --stop -p "$T/pid"
	: >"$T/plain"
	without "${filter[@]}" "$T/plain"
	assert_refused 126 "cannot execute: $T/plain: Permission denied"
	# Another's is not what the name means.
	mkdir "$T/other"
	install -m 700 "${program[0]}" "$T/other/"
	PATH=$T/other:$T/bin:$PATH without "${filter[@]}" -u nobody \
		"${program[0]##*/}" 600
	assert_status 0 || fail "$err"
}

@test "where statx(2) fails, a lock is inherited and a file waited for all the same" {
	local error
	for error in ENOSYS EPERM; do
		# shellcheck disable=SC2016 # the inner shell's
		without statx="$error" bash -c 'exec 9>>"$0" && flock -n 9 && exec "$@"' \
			"$T/lock" "$DAEMONIZE" -p "$T/pid" -l "$T/lock" "${program[@]}"
		assert_status 0 || fail "$error: $err"
		start --stop -p "$T/pid"
		without statx="$error" "$DAEMONIZE" -p "$T/pid" -w file:"$T/made" -t 10 \
			sh -c "touch $T/made; exec ${program[*]}"
		assert_status 0 || fail "$error: $err"
		start --stop -p "$T/pid"
		rm "$T/made"
	done
}

@test "without it, a failed start leaves nothing, and what was there" {
	local feature
	mkdir "$T/dir"
	for feature in "${FEATURES[@]}"; do
		snapshot "$T/dir"
		without "$feature" "$DAEMONIZE" -p "$T/dir/pid" -L "$T/dir/log" \
			-c "$T/none" "${program[@]}"
		assert_refused 66 'cannot change directory to: ' ||
			fail "$feature"
		assert_nothing_left "$T/dir" || fail "$feature"
		assert_no_process || fail "$feature"
	done
}

@test "without it, of many starts at once one wins" {
	local feature i pids=() won
	for feature in "${FEATURES[@]}"; do
		pids=() won=0
		for i in 1 2 3 4; do
			(
				mark
				exec "$WITHOUT" "$feature" "$DAEMONIZE" -p "$T/pid" \
					"${program[@]}"
			) </dev/null >/dev/null 2>"$CAP/err.$i" &
			pids+=($!)
		done
		for i in "${pids[@]}"; do
			status=0
			wait "$i" || status=$?
			case $status in
			0) won=$((won + 1)) ;;
			75) ;;
			*) fail "$feature: status $status: $(cat "$CAP"/err.*)" ;;
			esac
		done
		((won == 1)) || fail "$feature: $won have won"
		assert_equal "$(our_processes)" "$(cat "$T/pid")" "$feature"
		kill_tree
	done
}

@test "without a call for it no descriptor is passed on either" {
	needroot
	local command
	exec 57<"$SRCDIR/tests/53-missing.bats"
	for command in "$WITHOUT close_range $DAEMONIZE" \
		"$WITHOUT close_range $HELPERS/noproc"; do
		probe_setup
		# Not by run_c, which passes nothing on either.
		(
			export DZ_TEST_MARK=$T
			# shellcheck disable=SC2086 # words
			exec $command "$PROBE" "$REPORT" stay
		) </dev/null >"$CAP/out" 2>"$CAP/err" 3>&- 4>&- ||
			fail "$command: $(cat "$CAP/err")"
		wait_report "$REPORT"
		refute grep -q '^fd\.\([3-9]\|[1-9][0-9]\)' "$REPORT"
		kill_tree
	done
	exec 57<&-
}

@test "without pidfds, what ends while it is looked at is dead, and no doubt" {
	needprogram strace
	will_be_traced
	local call=openat n
	start -p "$T/pid" "${program[@]}"
	run_c strace -o "$CAP/trace" -e trace='?open,openat' \
		-e inject=pidfd_open:error=ENOSYS "$DAEMONIZE" --status -p "$T/pid"
	assert_status 0
	# that of the C library
	! grep -q '^open(.*/stat"' "$CAP/trace" || call=open
	n=$(grep "^$call(" "$CAP/trace" | grep -n "/proc/$(cat "$T/pid")/stat\"" |
		sed -n '2s/:.*//p')
	# Alive at the first look, it ends in the second.
	run_c "$HELPERS/fault" -w '0:pidfd_open:*=ENOSYS' \
		-w "0:$call:$n=ENOENT" -w 0:kill:3=ESRCH \
		"$DAEMONIZE" --status -p "$T/pid"
	assert_status 1
	assert_match "$out" ': dead, stale pidfile'
}

@test "without pidfds, what is dead is dead, and what is another user's is not" {
	needroot
	mkdir "$T/dir"
	chown nobody "$T/dir"
	sh -c 'echo $$' >"$T/dir/pid"
	chown nobody "$T/dir/pid"
	without pidfd_open "$DAEMONIZE" --status -p "$T/dir/pid"
	assert_status 1
	echo 1 >"$T/dir/pid"
	run_c setpriv --reuid=nobody --clear-groups "$WITHOUT" pidfd_open \
		"$(own "$DAEMONIZE")" --status -p "$T/dir/pid"
	assert_status 4
}

@test "without an identity of processes a start with a pidfile is refused" {
	needroot
	mkdir "$T/dir"
	snapshot "$T/dir"
	without pidfd_open "$HELPERS/noproc" -p "$T/dir/pid" "${program[@]}"
	assert_refused 71 'cannot write pidfile: .*: the kernel does not tell what identifies a process$'
	assert_nothing_left "$T/dir"
	assert_no_process
}

@test "where /proc is not mounted, all commands work" {
	needroot
	local noproc=$HELPERS/noproc pid
	run_c "$noproc" -p "$T/pid" -u nobody -L "$T/log" "${program[@]}"
	assert_status 0
	assert_silent
	pid=$(cat "$T/pid")
	assert_alive "$pid"
	run_c "$noproc" -p "$T/pid" "${program[@]}"
	assert_refused 75 "cannot start: .*: already running \(process $pid\)"
	run_c "$noproc" --status -p "$T/pid"
	assert_status 0
	# Neither a lie about the group, nor a wait for nothing.
	run_c "$noproc" --stop --stop-group -p "$T/pid"
	assert_refused 71 'cannot stop: .*: without /proc nobody can tell'
	assert_alive "$pid"
	run_c "$noproc" --stop -p "$T/pid"
	assert_status 0
	assert_no_process
	assert_equal "$(ls -A "$T")" $'bin\nlog'
}

# unready COMMAND: it is never ready, where /proc is not mounted.
unready() {
	run_c "$HELPERS/noproc" -p "$T/pid" -w check:false -t 0.2 sh -c "$1"
}

@test "without /proc, what does not get ready is ended with its process group" {
	needroot
	local nap="${program[*]}"
	unready "$nap & (sh -c '$nap; true' &); $nap"
	assert_refused 124 'cannot get ready: sh: not ready in time, so it was stopped \(check:false'
	assert_no_process
	assert_equal "$(ls -A "$T")" bin
	# In the background, and slow to end.
	run_c "$HELPERS/noproc" -p "$T/pid" -w check:false sh -c \
		"sh -c 'trap \"sleep 0.2; exit\" TERM; while :; do sleep 0.1; done' & exit"
	assert_refused 69 'cannot get ready: sh: it put itself in the background'
	assert_no_process
	assert_equal "$(ls -A "$T")" bin
}

@test "without /proc, what has left the process group is said to run still" {
	needroot
	local condition left=0
	for condition in check:false fd:7; do
		# In a session of its own, before the time is up.
		run_c "$HELPERS/noproc" -p "$T/pid" -w "$condition" -t 1 sh -c "
			setsid ${program[*]} & ${program[*]}"
		assert_refused 124 'cannot get ready: sh: not ready in time, but left running \(and it could not be ended\)$' ||
			fail "$condition"
		assert_equal "$(our_processes | wc -l)" $((++left))
		rm "$T/pid" "$T/pid.id"
	done
}

@test "without /proc, a child may say that it is ready, and is heard out" {
	needroot
	needprogram systemd-notify
	local noproc=$HELPERS/noproc user
	mkdir "$T/heard"
	chmod 777 "$T/heard"
	for user in root nobody; do
		# Each of them: set -e tells of a barrier that nobody takes.
		run_c "$noproc" -p "$T/pid" -u "$user" -w notify -t 10 sh -ec "
			systemd-notify --ready; touch $T/heard/$user
			exec ${program[*]}"
		assert_status 0
		wait_for test -e "$T/heard/$user"
		run_c "$noproc" --stop -p "$T/pid"
		assert_status 0
	done
	# An orphan, in a session of its own.
	run_c "$noproc" -p "$T/pid" -w notify -t 10 sh -c \
		"(setsid sh -c 'sleep 0.1; systemd-notify --ready' &); exec ${program[*]}"
	assert_status 0
}

@test "without /proc, what it has written is read" {
	needroot
	local noproc=$HELPERS/noproc log user
	mkdir -m 777 "$T/theirs"
	chown nobody "$T/theirs"
	chmod 755 "$T/theirs"
	for log in "$T/log" "$T/theirs/log"; do
		run_c "$noproc" -u nobody -L "$log" -w 'log:^up' -t 10 sh -c \
			"echo up; exec ${program[*]}"
		assert_status 0
		run_c "$noproc" -u nobody -L "$log" -w fd:7 sh -c \
			'echo 1; echo why; exit 3'
		assert_status 69
		assert_match "$err" "the end of $log:"
		assert_equal "$(sed 1d "$CAP/err")" "daemonize: the end of $log:
    1
    why"
	done
}

@test "without /proc, a directory's access control list is seen" {
	needroot
	needprogram setfacl
	mkdir -m 775 "$T/plain" "$T/listed"
	setfacl -m u:nobody:rwx "$T/listed" 2>/dev/null ||
		skip "kernel: no access control lists"
	# Only what nobody else could have put there is opened as root.
	run_c "$HELPERS/noproc" -u nobody -L "$T/plain/log" "${program[@]}"
	assert_status 0
	assert_stat %U "$T/plain/log" nobody
	run_c "$HELPERS/noproc" -p "$T/listed/pid" "${program[@]}"
	assert_refused 77 'cannot .*: unsafe: other users can change a directory'
}

@test "without /proc, what cannot be told is refused, or not known" {
	needroot
	local noproc=$HELPERS/noproc
	mkdir "$T/dir"
	snapshot "$T/dir"
	run_c "$noproc" -p "$T/dir/pid" -w listen:80 "${program[@]}"
	assert_refused 71 'cannot prepare to wait for: listen:80: this takes /proc, which is not there or cannot be read$'
	assert_nothing_left "$T/dir"
	run_c "$noproc" -p "$T/dir/pid" --oom-score-adj=300 "${program[@]}"
	assert_refused 71 'cannot set OOM score adjustment: 300: this takes /proc, which is not there or cannot be read$'
	assert_nothing_left "$T/dir"
	assert_no_process
	# Whose is the process that another user's pidfile names?
	chown nobody "$T/dir"
	setpriv --reuid nobody --clear-groups "$DAEMONIZE" -p "$T/dir/pid" \
		"${program[@]}"
	run_c "$noproc" --stop -p "$T/dir/pid"
	assert_refused 77 'cannot .*: /proc does not tell whose process this is \(user 65534\)$'
	assert_alive "$(cat "$T/dir/pid")"
	run_c "$DAEMONIZE" --stop -p "$T/dir/pid"
	run_c "$noproc" -p "$T/pid" "${program[@]}"
	run_c "$noproc" --status -p "$T/pid"
	assert_match "$out" ': running \(process [0-9]*, user unknown, since unknown, unknown, started\)$'
	run_c "$noproc" --status --json -p "$T/pid"
	assert_match "$out" '"user": ?null, ?"program": ?null, ?"since": ?null'
}

@test "what there is no other way for is refused, and said" {
	local feature words
	mkdir "$T/dir"
	snapshot "$T/dir"
	while IFS='|' read -r feature words; do
		without "$feature" "$DAEMONIZE" -p "$T/dir/pid" -L "$T/dir/log" \
			"${program[@]}"
		assert_refused 71 "cannot $words" || fail "$feature"
		assert_nothing_left "$T/dir" || fail "$feature"
		assert_no_process || fail "$feature"
	done <<-'END'
		signalfd4,signalfd|open status pipe: Function not implemented$
		clone,clone3,fork|fork(: | again: ).*
		vfork,clone,clone3,fork|fork(: | again: ).*
		waitid|wait for: .*: Function not implemented$
	END
	start -p "$T/dir/pid" "${program[@]}"
	without signalfd4,signalfd "$DAEMONIZE" --stop -p "$T/dir/pid"
	assert_refused 71 'cannot .*: Function not implemented$'
	refute assert_match "$err" 'believe'
	assert_alive "$(cat "$T/dir/pid")"
}

@test "a kernel that does not tell where a program begins has nobody wait for it" {
	needprogram cc
	# gVisor prints 0 there, the 26th.
	cat >"$CAP/stat.c" <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <string.h>
		#include <unistd.h>

		static ssize_t
		without_code(char *text, ssize_t n)
		{
			char *end = text + (n > 0 ? n : 0), *p;
			int field;

			if (n < 100 || text[0] < '0' || text[0] > '9' ||
			    (p = memrchr(text, ')', n)) == NULL)
				return n;
			for (field = 1; p < end && field < 25; p++)
				field += *p == ' ';
			for (; p < end && *p != ' '; p++)
				*p = '0';
			return n;
		}

		ssize_t
		read(int fd, void *text, size_t n)
		{
			ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
			return without_code(text, next(fd, text, n));
		}

		ssize_t
		pread64(int fd, void *text, size_t n, off_t at)
		{
			ssize_t (*next)(int, void *, size_t, off_t) =
			    dlsym(RTLD_NEXT, "pread64");
			return without_code(text, next(fd, text, n, at));
		}

		ssize_t
		pread(int fd, void *text, size_t n, off_t at)
		{
			return pread64(fd, text, n, at);
		}
	END
	cc -w -O1 -shared -fPIC -o "$CAP/stat.so" "$CAP/stat.c" -ldl
	run_c env LD_PRELOAD="$CAP/stat.so" cat /proc/self/stat
	assert_match "${out##*)}" '^( [^ ]+){23} 0+ '
	run_c env LD_PRELOAD="$CAP/stat.so" "$DAEMONIZE" -q -p "$T/pid" \
		"${program[@]}"
	assert_status 0
	assert_alive "$(cat "$T/pid")"
}
