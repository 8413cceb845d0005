# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# The assertions.  Each fails by its own status, so each works in the middle
# of a test; what they look at is $status, $out and $err of the last run.
# 00-harness.bats proves that every one of them can fail.
#
# shellcheck disable=SC2154 # common.bash sets them

# `! command` in the middle of a test does not fail it; this does.  What there
# is not to run has refuted nothing.
refute() {
	type -t -- "$1" >/dev/null || fail "not found: $1" || return 1
	if "$@"; then
		fail "succeeded, and must not: $*"
	fi
}

assert_status() {
	[[ $status == "$1" ]] || fail "status $status instead of $1"
}

# assert_equal GOT WANTED [WHAT]
assert_equal() {
	[[ $1 == "$2" ]] ||
		fail "${3:-value} is ${1@Q} instead of ${2@Q}"
}

# assert_match TEXT REGEX
assert_match() {
	[[ $1 =~ $2 ]] || fail "${1@Q} does not match $2"
}

# assert_out TEXT, assert_err TEXT: all of it.
assert_out() { assert_equal "$out" "$1" stdout; }
assert_err() { assert_equal "$err" "$1" stderr; }

assert_silent() {
	assert_out ''
	assert_err ''
}

# assert_line_count N [out|err]
assert_line_count() {
	local n=0 which=${2:-err}
	[[ -z ${!which} ]] || n=$(wc -l <<<"${!which}")
	((n == $1)) || fail "$n lines on std$which instead of $1"
}

# assert_message REGEX: standard error is one line, `daemonize: ` and then
# what the regular expression matches, from its start.
assert_message() {
	assert_line_count 1 err || return 1
	assert_match "$err" "^daemonize: ($1)"
}

# assert_refused STATUS REGEX: the way every failure looks.
assert_refused() {
	assert_status "$1" || return 1
	assert_message "$2" || return 1
	assert_out ''
}

assert_exists() {
	[[ -e $1 || -L $1 ]] || fail "does not exist: $1"
}

refute_exists() {
	[[ ! -e $1 && ! -L $1 ]] || fail "exists: $(ls -ld -- "$1")"
}

# assert_content FILE TEXT: without the newlines at its end.
assert_content() {
	assert_exists "$1" || return 1
	assert_equal "$(cat -- "$1")" "$2" "content of $1"
}

# assert_stat FORMAT FILE VALUE: see stat(1); "%a %U:%G" for instance.
assert_stat() {
	assert_equal "$(stat -c "$1" -- "$2")" "$3" "$1 of $2"
}

assert_alive() { alive "$1" || fail "process $1 is dead"; }
refute_alive() { gone "$1" || fail "process $1 is alive"; }

# No process that this test has started is left: at once, without waiting.
assert_no_process() {
	local left
	left=$(our_processes)
	[[ -z $left ]] && return 0
	# shellcheck disable=SC2086 # one word a pid
	ps -o pid,ppid,stat,args -p $left >&2
	fail "processes are left"
}

# snapshot DIR, then assert_nothing_left DIR: what is in it is what it was,
# by name, inode, owner, mode, links, size, times and content.  The time of
# a directory may change: a lock came and went.
snapshot() {
	picture "$1" >"$(picture_file "$1")"
}

assert_nothing_left() {
	[[ -e $(picture_file "$1") ]] || fail "no snapshot of $1" || return 1
	picture "$1" | diff -u "$(picture_file "$1")" - >&2 ||
		fail "something is left or changed in $1"
}

picture_file() { printf '%s/snapshot%s' "$CAP" "${1//\//_}"; }

picture() {
	(
		cd -- "$1" || exit
		find . -type d -printf '%p %y %i %U:%G %m\n' -o \
			-printf '%p %y %i %U:%G %m %n %s %T@ %C@ %l\n' | sort
		find . -type f -exec sha256sum {} + | sort -k 2
	)
}
