#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every call of a start, in every process, fails in turn, or never returns:
# the status is 0 if and only if the program runs, once, as it was asked;
# otherwise there is one message, and nothing is left.
#
# The calls are those of a start that went well, recorded here: a new one is
# covered by itself.  FAULTS=all tries each with all its errnos, and does not
# skip through the rows of equal calls.
#
# shellcheck disable=SC2011,SC2016,SC2030,SC2031,SC2034,SC2154

load lib/common

setup() {
	setup_dir
	PLACE=$T/place
	RUNS=$T/runs
	FAULT=$(own "$HELPERS/fault")
	D=$(own "$DAEMONIZE")
	mkdir "$PLACE"
	cat >"$T/program" <<-'END'
		#!/bin/sh
		{
			pwd -P
			# Without a process of its own.
			while read -r line; do
				case $line in
				Umask:* | Uid:* | Gid:* | Groups:* | Cap*)
					echo "$line" ;;
				esac
			done </proc/self/status
			echo end
		} >>"${0%/*}/runs" 2>&1
		exec sleep 1000
	END
	# The system's own plug-ins for users are not what is tested here.
	printf '%s: files\n' passwd group >"$T/nsswitch.conf"
	cat >"$T/house" <<-'END'
		#!/bin/sh
		[ ! -e /etc/nsswitch.conf ] ||
			mount --bind "${0%/*}/nsswitch.conf" /etc/nsswitch.conf
		exec "$@"
	END
	chmod 755 "$T/program" "$T/house"
	by=(unshare -m "$T/house")
	asked=(-p "$PLACE/pid" -l "$PLACE/lock" -L "$PLACE/log" -u nobody
		-c /usr -m 027 "$T/program")
	# The leak check does not work in a process that is traced.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	: >"$T/violations"
	cases=0 started=0 refused=0 stopped=0 never=0
}

# What a call can plausibly fail with: the first one is tried always.  An
# empty row never fails; what is not here can fail with EPERM and ENOMEM.
errnos_of() {
	case $1 in
	getpid | getppid | gettid | get*uid | get*gid | umask) ;;
	brk | munmap | mprotect | futex | rseq | madvise | exit*) ;;
	clock_gettime | sigaltstack | set_robust_list | set_tid_address) ;;
	setfsuid | setfsgid) ;;
	open | openat) echo EMFILE EACCES EIO ;;
	*stat | *statat | statx | fstatfs | statfs) echo EIO ENOMEM ;;
	access | faccessat*) echo EACCES ENOENT ;;
	read | pread64) echo EIO EINTR ;;
	write | writev) echo ENOSPC EIO EINTR ;;
	close) echo EIO EINTR ;;
	close_range) echo ENOSYS EPERM EMFILE ;;
	dup | dup2 | dup3) echo EMFILE EBADF ;;
	pipe | pipe2 | signalfd*) echo EMFILE ENFILE ;;
	fcntl) echo EBADF EMFILE ;;
	flock) echo ENOLCK EINTR ;;
	fchown | fchmod) echo EPERM EROFS ;;
	unlink*) echo EACCES EROFS ;;
	rename*) echo ENOSPC EACCES ;;
	readlink*) echo EIO ENOENT ;;
	chdir | fchdir | chroot) echo ENOENT EACCES ;;
	mmap) echo ENOMEM ;;
	fork | vfork | clone | clone3) echo EAGAIN ENOMEM ;;
	pidfd_open) echo ENOSYS EMFILE ;;
	poll | ppoll) echo ENOMEM EINTR ;;
	wait4 | waitid) echo ECHILD EINTR ;;
	execve | execveat) echo ENOMEM E2BIG EACCES ENOEXEC ;;
	keyctl) echo EDQUOT ENOSYS EPERM ;;
	set*id | setgroups) echo EPERM EAGAIN EINVAL ;;
	# EINVAL is how the kernel says that there is no such capability.
	prctl) echo EPERM ENOMEM ;;
	capget | capset) echo EPERM EINVAL ;;
	rt_sig* | setitimer) echo EINVAL ENOSYS ;;
	socket | connect | sendto | recv*) echo EMFILE ENOMEM ;;
	getrandom) echo ENOSYS ;;
	*) echo EPERM ENOMEM ;;
	esac
}

# record: the calls of a good start, from main's first one on, a line each
# as `PROCESS CALL N`.  The front's that come after its fork get an `after`.
record() {
	clear_place
	run_c "${by[@]}" "$HELPERS/reaper" -k -o "$CAP/left" "$FAULT" \
		-o "$T/calls" "$D" "${asked[@]}"
	assert_status 0
	wait_for has_line "$RUNS" '^end$'
	expected=$(cat "$RUNS")
	assert_match "$expected" $'^/usr\nUmask:\t0027\nUid:\t65534\t65534\t65534\t65534\nGid:\t65534\t'
	refute grep -q '^Cap.*[^0]$' "$RUNS"
	kill_tree
	clear_place
	awk '$1 == 0 && $2 == "umask" { main = 1 }
		main && $1 <= 2 { print $1, $2, $3, forked }
		main && $1 == 0 && $2 ~ /^(v?fork|clone3?)$/ { forked = "after" }
		' "$T/calls" >"$T/recorded"
	assert_match "$(cut -d ' ' -f 1 "$T/recorded" | sort -u | xargs)" \
		'^0 1 2$'
}

clear_place() {
	rm -rf "${PLACE:?}"/* "$PLACE"/.[!.]* "$RUNS"
	install -m 666 /dev/null "$RUNS"
}

# thinned: of a row of more than four equal calls, two and the last.
thinned() {
	if [[ ${FAULTS:-} == all ]]; then
		cat
		return
	fi
	awk '{ key = $1 " " $2 }
		key != last { if (n > 2) print held; n = 0 }
		{ n++; last = key; held = $0 }
		n <= 2 { print }
		END { if (n > 2) print held }'
}

violation() {
	printf '%s: %s\n' "$wish" "$*" >>"$T/violations"
	return 1
}

# starts WISH [COMMAND...]: a start with that fault.
starts() {
	wish=$1
	shift
	cases=$((cases + 1))
	clear_place
	run_c "$@" "${by[@]}" "$HELPERS/reaper" -k -o "$CAP/left" "$FAULT" \
		-o "$CAP/calls" -w "$wish" "$D" "${asked[@]}"
	! grep -q ^never "$CAP/calls" || never=$((never + 1))
}

check_started() {
	local ours
	[[ -z $out$err ]] || violation "started, but says $out$err" || return 1
	wait_for has_line "$RUNS" '^end$' 2>/dev/null ||
		violation "status 0, but it does not run" || return 1
	[[ $(cat "$RUNS") == "$expected" ]] ||
		violation "runs otherwise: $(diff "$RUNS" - <<<"$expected" |
			xargs)" || return 1
	ours=$(cut -d ' ' -f 1 "$CAP/left")
	[[ $ours == "$(cat "$PLACE/pid")" ]] ||
		violation "pidfile says $(cat "$PLACE/pid"), it is $ours" ||
		return 1
	case $(cd "$PLACE" && find . ! -name . | sort | xargs) in
	'./lock ./log ./pid ./pid.id') ;;
	'./lock ./log ./pid ./pid.id ./pid.lock')
		# It is not held, and could not be removed.
		[[ $wish == 0:*stat*:* || $wish == 0:unlink*:* ]] ||
			violation "pid.lock is left" || return 1
		;;
	*) violation "left: $(ls -A "$PLACE" | xargs)" || return 1 ;;
	esac
	started=$((started + 1))
}

# check_refused [after]: only a front that fails when all is done may have
# to stop a program that runs.
check_refused() {
	local lines
	lines=$(wc -l <<<"$err")
	[[ $lines == 1 && $err == 'daemonize: cannot '* && -z $out ]] ||
		violation "status $status, and says $out$err" || return 1
	case $status in
	66 | 67 | 70 | 71 | 73 | 75 | 77 | 126 | 127) ;;
	*) violation "status $status: $err" || return 1 ;;
	esac
	[[ ! -s $CAP/left ]] ||
		violation "status $status, but left: $(cat "$CAP/left")" ||
		return 1
	[[ -z $(ls -A "$PLACE") ]] ||
		violation "status $status, but left: $(ls -A "$PLACE" |
			xargs)" || return 1
	if [[ -s $RUNS ]]; then
		[[ ${1:-} == after ]] ||
			violation "status $status, but it ran" || return 1
		stopped=$((stopped + 1))
	else
		refused=$((refused + 1))
	fi
}

# fault_case WISH [after]
fault_case() {
	local left
	starts "$1"
	if [[ $status == 0 ]]; then
		check_started || :
	else
		check_refused "${2:-}" || :
	fi
	left=$(cut -d ' ' -f 1 "$CAP/left")
	# shellcheck disable=SC2086 # one word a pid
	if [[ -n $left ]]; then
		kill -KILL $left 2>/dev/null || :
		wait_gone "${left%%$'\n'*}"
	fi
}

# each_fault PROCESS
each_fault() {
	local process call n after error errors
	while read -r process call n after; do
		errors=$(errnos_of "$call")
		[[ ${FAULTS:-} == all ]] || errors=${errors%% *}
		for error in $errors; do
			fault_case "$process:$call:$n=$error" "$after"
		done
	done < <(grep "^$1" "$T/recorded" | thinned)
}

# verdict WHAT: one line for the log, and the violations for the reader.
verdict() {
	((cases > 0)) || fail "no case at all"
	printf '# %s: %d cases, %d started, %d refused, %d stopped again, %d never came\n' \
		"$1" "$cases" "$started" "$refused" "$stopped" "$never" >&3
	if [[ -s $T/violations ]]; then
		cat "$T/violations" >&2
		fail "$(wc -l <"$T/violations") violations of $cases cases"
	fi
	# Some depend on who comes first; a recording that does not fit does
	# not get away with that.
	((never * 20 <= cases)) || fail "$never of $cases never came"
}

@test "whatever call of the front fails, it started or nothing is left" {
	needroot
	record
	each_fault 0
	verdict front
}

@test "whatever call of the others fails, it started or nothing is left" {
	needroot
	record
	each_fault '[12]'
	verdict 'middle and daemon'
}

@test "wherever the daemon or the middle is killed, nothing is left" {
	needroot
	record
	local process call n after
	while read -r process call n after; do
		fault_case "$process:$call:$n=kill"
	done < <(grep '^[12]' "$T/recorded" | thinned)
	verdict killed
	((refused > 20)) || fail "only $refused refused"
}

# After the front was killed, at most one runs, and a second start either
# works or says truly that it runs.
killed_front() {
	local first second living
	starts "$1" "$T/killed-is-9"
	[[ $status == 9 ]] || grep -q ^never "$CAP/calls" ||
		violation "status $status" || return 1
	first=$(cut -d ' ' -f 1 "$CAP/left")
	run_c "$HELPERS/reaper" -k -o "$CAP/left" "$D" "${asked[@]}"
	second=$(cut -d ' ' -f 1 "$CAP/left")
	case $status in
	0) [[ -z $first ]] || violation "two: $first and $second" || return 1 ;;
	75) [[ -n $first && -z $second ]] ||
		violation "75, but none runs: $err" || return 1 ;;
	*) violation "the next start: status $status: $err" || return 1 ;;
	esac
	living=$first$second
	[[ $living =~ ^[0-9]+$ ]] || violation "left: $living" || return 1
	[[ $(cat "$PLACE/pid") == "$living" ]] ||
		violation "pidfile says $(cat "$PLACE/pid"), it is $living" ||
		return 1
	[[ $(find "$PLACE" -name '.*' -o -name '*.lock') == '' ]] ||
		[[ $status == 75 ]] ||
		violation "left after the next start: $(ls -A "$PLACE" |
			xargs)" || return 1
	if [[ -n $first ]]; then
		started=$((started + 1))
	else
		refused=$((refused + 1))
	fi
}

@test "wherever the front is killed, one runs at most, and the next start is right" {
	needroot
	record
	local process call n after step=4
	[[ ${FAULTS:-} != all ]] || step=1
	# To run_c, 137 is a run that hangs.
	printf '%s\n' '#!/bin/sh' '"$@"' 's=$?' '[ $s = 137 ] && s=9' \
		'exit $s' >"$T/killed-is-9"
	chmod 755 "$T/killed-is-9"
	while read -r process call n after; do
		killed_front "$process:$call:$n=kill" || :
		kill_tree
	done < <(grep '^0' "$T/recorded" | thinned |
		awk -v step="$step" 'NR % step == 0 || $4 == "after"')
	verdict 'killed front'
}
