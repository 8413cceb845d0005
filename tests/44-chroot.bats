#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --chroot: what is found inside, what is still the caller's, and that
# nothing of the outside is left to the daemon.
#
# shellcheck disable=SC2016,SC2034,SC2154

load lib/common

# $ROOT is empty but for a static program and a directory that anybody can
# write to.
setup() {
	setup_dir
	ROOT=$T/root
	mkdir -p "$ROOT/sbin" "$ROOT/var" "$T/out"
	chmod 1777 "$ROOT/var"
	cp "$HELPERS/static" "$ROOT/sbin/static"
	: >"$ROOT/not-a-directory"
}

needstatic() {
	! grep -aq /ld- "$HELPERS/static" || skip "kernel: no static libc"
}

# in_root OPTION...: the static program by its absolute path; $pid.
in_root() {
	needstatic
	rm -f "$ROOT/var/pid"
	start -r "$ROOT" "$@" /sbin/static hello /var/pid
	wait_for not_empty "$ROOT/var/pid"
	pid=$(cat "$ROOT/var/pid")
	track "$pid"
	assert_alive "$pid"
}

# The libraries of the probe, and the probe itself, as $ROOT/bin/probe.
host_probe() {
	local file
	mkdir -p "$ROOT/bin"
	cp "$HELPERS/probe" "$ROOT/bin/"
	for file in $(ldd "$HELPERS/probe" | grep -o '/[^ ]*'); do
		mkdir -p "$ROOT${file%/*}"
		cp -L "$file" "$ROOT$file"
	done
}

# probe_in_root OPTION...: sets $pid and $REPORT.
probe_in_root() {
	host_probe
	rm -f "$ROOT/var/report"
	start -r "$ROOT" "$@" /bin/probe /var/report stay
	wait_report "$ROOT/var/report"
}

# refused_in_root STATUS REGEX OPTION... -- COMMAND...
refused_in_root() {
	local wanted=$1 regex=$2
	shift 2
	snapshot "$ROOT"
	snapshot "$T/out"
	run_c "$HELPERS/reaper" -o "$CAP/left" "$DAEMONIZE" -r "$ROOT" "$@"
	assert_refused "$wanted" "$regex" || fail "with ${*@Q}" || return 1
	assert_content "$CAP/left" '' || return 1
	assert_nothing_left "$ROOT" || return 1
	assert_nothing_left "$T/out"
}

@test "a static program runs in an otherwise empty root" {
	needroot
	in_root
	assert_equal "$(readlink "/proc/$pid/root")" "$ROOT" root
	assert_equal "$(readlink "/proc/$pid/cwd")" "$ROOT" cwd
	in_root -u nobody
	assert_equal "$(stat -c %u "/proc/$pid")" 65534 user
	assert_equal "$(readlink "/proc/$pid/root")" "$ROOT" root
}

@test "a program that is cut off is not a start, whatever has its name outside" {
	needroot
	needstatic
	head -c "$(($(stat -c %s "$HELPERS/static") / 2))" "$HELPERS/static" \
		>"$ROOT/sbin/true"
	chmod 755 "$ROOT/sbin/true"
	refused_in_root 69 'cannot execute: /sbin/true: it crashed while being loaded$' \
		/sbin/true
	refused_in_root 69 'cannot execute: true: it crashed while being loaded$' \
		-u nobody true
	chmod 711 "$ROOT/sbin/true"
	refused_in_root 69 'cannot execute: true: it crashed while being loaded$' \
		-u nobody true
}

@test "the root may be named relative to the caller" {
	needroot
	cd "$T"
	in_root -r root
	assert_equal "$(readlink "/proc/$pid/root")" "$ROOT" root
	cd "$ROOT/var"
	in_root -r ..
	assert_equal "$(readlink "/proc/$pid/root")" "$ROOT" root
	in_root --chroot="$ROOT/"
}

@test "a program is found in PATH inside the new root" {
	needroot
	needstatic
	start -r "$ROOT" -E PATH=/nowhere:/sbin static hello /var/pid
	wait_for not_empty "$ROOT/var/pid"
	assert_equal "$(readlink "/proc/$(cat "$ROOT/var/pid")/exe")" \
		"$ROOT/sbin/static" executable
	# What PATH finds outside only is not found.
	refused_in_root 127 'cannot execute: static: not found' \
		-E "PATH=$T/bin:/nowhere" static
	refused_in_root 127 'cannot execute: mount: not found' mount
	# A directory is no program, with or without a new root.
	mkdir -p "$ROOT/bin/static" "$ROOT/bin/other"
	start -r "$ROOT" static hello
	refused_in_root 127 'cannot execute: other: not found' other
	refused_in_root 126 'cannot execute: /bin/other: Is a directory$' /bin/other
}

@test "a relative program makes no sense with a new root" {
	needroot
	local name
	cd "$ROOT"
	for name in sbin/static ./sbin/static ../sbin/static; do
		refused_in_root 64 "cannot understand the command line: $name: with --chroot it must be absolute" \
			"$name"
	done
}

@test "a program that is missing inside is not found outside" {
	needroot
	refused_in_root 127 'cannot execute: /sbin/none: ' /sbin/none
	refused_in_root 127 'cannot execute: /bin/sh: ' /bin/sh
	refused_in_root 127 "cannot execute: $ROOT/sbin/static: " \
		"$ROOT/sbin/static"
}

@test "a dynamic program without its loader is an error that names it" {
	needroot
	mkdir "$ROOT/bin"
	cp "$HELPERS/probe" "$ROOT/bin/probe"
	refused_in_root 126 'cannot execute: /bin/probe: its interpreter is missing \(/.*ld-.*\)$' \
		/bin/probe
	refused_in_root 126 'cannot execute: /bin/probe: its interpreter is missing \(/.*ld-.*\)$' \
		-u nobody -o "$T/out/log" -p "$T/out/pid" /bin/probe
}

@test "a script without its interpreter is an error that names it" {
	needroot
	printf '#!/bin/sh\n' >"$ROOT/sbin/script"
	chmod 755 "$ROOT/sbin/script"
	refused_in_root 126 'cannot execute: /sbin/script: its interpreter is missing \(/bin/sh\)$' \
		/sbin/script
	printf 'true\n' >"$ROOT/sbin/script"
	refused_in_root 126 'cannot execute: /sbin/script: neither a binary' \
		/sbin/script
	chmod 644 "$ROOT/sbin/script"
	refused_in_root 126 'cannot execute: /sbin/script: Permission denied' \
		/sbin/script
	refused_in_root 126 'cannot execute: /sbin: ' /sbin
}

@test "a script with its interpreter inside runs" {
	needroot
	needstatic
	printf '#!/sbin/static\n' >"$ROOT/sbin/script"
	chmod 755 "$ROOT/sbin/script"
	start -r "$ROOT" -o "$T/out/log" /sbin/script
	wait_for has_line "$T/out/log" '^/sbin/script$'
}

@test "the working directory is inside, / by default" {
	needroot
	local dir
	for dir in /var var ./var; do
		in_root -c "$dir"
		assert_equal "$(readlink "/proc/$pid/cwd")" "$ROOT/var" \
			"directory with -c $dir"
	done
	refused_in_root 66 'cannot change directory to: /none: No such' \
		-c /none /sbin/static
	refused_in_root 66 'cannot change directory to: /none: No such' \
		-c none /sbin/static
	refused_in_root 66 "cannot change directory to: $T: No such" \
		-c "$T" /sbin/static
	refused_in_root 66 'cannot change directory to: /not-a-directory: Not' \
		-c /not-a-directory /sbin/static
	mkdir -m 700 "$ROOT/private"
	refused_in_root 66 'cannot change directory to: /private: Permission' \
		-u nobody -c /private /sbin/static
	in_root -c /private
}

@test "a root that is no directory is an error" {
	needroot
	run_d -r "$T/none" /sbin/static
	assert_refused 66 "cannot change root to: $T/none: No such file"
	run_d -r "$ROOT/not-a-directory" /sbin/static
	assert_refused 66 'cannot change root to: .*: Not a directory'
	run_d -r '' /sbin/static
	assert_refused 64 'cannot understand the command line: --chroot: '
	ln -s none "$T/dangling"
	run_d -r "$T/dangling" /sbin/static
	assert_refused 66 'cannot change root to: .*: No such file'
	ln -s loop "$T/loop"
	run_d -r "$T/loop" /sbin/static
	assert_refused 66 'cannot change root to: .*: (Too many levels|Symbolic link loop)'
}

@test "only root can change the root" {
	needroot
	needprogram setpriv
	local d
	d=$(own "$DAEMONIZE")
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$d" -r "$ROOT" /sbin/static
	assert_refused 77 "cannot change root to: $ROOT: Operation not permitted"
	assert_no_process
}

@test "the user is looked up outside, before the root changes" {
	needroot
	mkdir "$ROOT/etc"
	printf 'nobody:x:4242:4242::/:/bin/sh\ninside:x:4243:4243::/:/bin/sh\n' \
		>"$ROOT/etc/passwd"
	printf 'nogroup:x:4244:\ninside:x:4245:\n' >"$ROOT/etc/group"
	in_root -u nobody
	assert_equal "$(stat -c %u "/proc/$pid")" 65534 user
	refused_in_root 67 'cannot find user: inside: no such user' \
		-u inside /sbin/static
	refused_in_root 67 'cannot find group: inside: no such group' \
		-g inside /sbin/static
}

@test "pidfile, lockfile and outputs are the caller's, outside" {
	needroot
	mkdir -p "$ROOT$T/out"
	in_root -u nobody -p "$T/out/pid" -l "$T/out/lock" -o "$T/out/log"
	assert_content "$T/out/pid" "$pid"
	assert_exists "$T/out/pid.id"
	assert_exists "$T/out/lock"
	wait_for has_line "$T/out/log" '^hello$'
	assert_equal "$(ls -A "$ROOT$T/out")" '' "files inside"
	run_d -r "$ROOT" -p "$T/out/pid" /sbin/static
	assert_refused 75 "cannot start: $T/out/pid: already running"
	# Relative ones, too.
	cd "$T/out"
	in_root -p pid2 -L log2
	assert_content "$T/out/pid2" "$pid"
	wait_for has_line "$T/out/log2" '^hello$'
}

@test "outputs and input outside work where the new user must open them" {
	needroot
	mkdir "$T/svc"
	chown 65534:65534 "$T/svc"
	echo text >"$T/svc/in"
	chown 65534 "$T/svc/in"
	in_root -u nobody -o "$T/svc/out" -e "$T/svc/err" -i "$T/svc/in"
	wait_for has_line "$T/svc/out" '^hello$'
	assert_stat %U "$T/svc/out" nobody
	assert_equal "$(readlink "/proc/$pid/fd/0")" "$T/svc/in" stdin
	assert_equal "$(readlink "/proc/$pid/fd/2")" "$T/svc/err" stderr
	# A directory by that name inside is not taken for it.
	mkdir -p "$ROOT$T/svc"
	chmod 777 "$ROOT$T/svc"
	in_root -u nobody -L "$T/svc/log"
	wait_for has_line "$T/svc/log" '^hello$'
	assert_equal "$(ls -A "$ROOT$T/svc")" '' "files inside"
}

@test "such an output that cannot be opened is an error" {
	needroot
	mkdir "$T/svc"
	chown 65534:65534 "$T/svc"
	ln -s /etc/passwd "$T/svc/link"
	refused_in_root 77 "cannot open output as the new user: $T/svc/link: unsafe" \
		-u nobody -o "$T/svc/link" -p "$T/out/pid" /sbin/static
	refused_in_root 73 "cannot open output( as the new user)?: $T/svc/none/log: No such" \
		-u nobody -o "$T/svc/none/log" -p "$T/out/pid" /sbin/static
	refused_in_root 66 "cannot open input as the new user: $T/svc/none: No such" \
		-u nobody -i "$T/svc/none" -p "$T/out/pid" /sbin/static
}

@test "the daemon sees the new root, and has no descriptor to the outside" {
	needroot
	local options
	mkdir "$T/svc"
	chown 65534 "$T/svc"
	for options in '' '-u nobody' "-u nobody -L $T/svc/log" \
		"-p $T/out/pid -o $T/out/log" "-f -u nobody"; do
		rm -f "$T/out"/*
		if [[ $options == -f* ]]; then
			host_probe
			rm -f "$ROOT/var/report"
			# shellcheck disable=SC2086 # a list
			run_bg "$DAEMONIZE" -r "$ROOT" $options \
				/bin/probe /var/report stay
			disown "$bg"
			wait_report "$ROOT/var/report"
		else
			# shellcheck disable=SC2086 # a list
			probe_in_root $options
		fi
		assert_report root.id "$(stat -c %d:%i "$ROOT")"
		assert_equal "$(report_lines fd. | sed 's/=.*//' | xargs)" \
			'fd.0 fd.1 fd.2' "descriptors with $options"
		assert_equal "$(stat -L -c %d:%i "/proc/$pid/root")" \
			"$(stat -c %d:%i "$ROOT")" root
		assert_equal "$(find "/proc/$pid/fd" -mindepth 1 -lname '*/*' \
			-xtype d | wc -l)" 0 "directories with $options"
		kill -KILL "$pid"
		wait_gone "$pid"
	done
}

@test "a caller with open directories does not lead out either" {
	needroot
	host_probe
	run_c "$HELPERS/dirty" fds:40 -- "$DAEMONIZE" -r "$ROOT" \
		/bin/probe /var/report stay
	assert_status 0
	wait_report "$ROOT/var/report"
	assert_equal "$(report_lines fd. | sed 's/=.*//' | xargs)" \
		'fd.0 fd.1 fd.2' descriptors
}

@test "links and .. in the working directory stay inside" {
	needroot
	local dir
	ln -s / "$ROOT/top"
	ln -s ../../../.. "$ROOT/var/up"
	ln -s /var "$ROOT/absolute"
	mkdir -p "$ROOT/var/deep"
	for dir in .. ../.. /../.. /top /var/up /var/deep/../../../..; do
		in_root -c "$dir"
		assert_equal "$(readlink "/proc/$pid/cwd")" "$ROOT" \
			"directory with -c $dir"
	done
	in_root -c /absolute
	assert_equal "$(readlink "/proc/$pid/cwd")" "$ROOT/var" directory
}

@test "a link to a program is followed inside" {
	needroot
	needstatic
	ln -s /sbin/static "$ROOT/var/link"
	ln -s ../../../../sbin/static "$ROOT/var/up"
	ln -s "$ROOT/sbin/static" "$ROOT/var/out"
	start -r "$ROOT" /var/link hello /var/pid
	wait_for not_empty "$ROOT/var/pid"
	rm "$ROOT/var/pid"
	start -r "$ROOT" /var/up hello /var/pid
	wait_for not_empty "$ROOT/var/pid"
	kill_tree
	rm "$ROOT/var/pid"
	refused_in_root 127 'cannot execute: /var/out: ' /var/out
}

@test "a root that another user can change is refused" {
	needroot
	local row
	chown 65534 "$ROOT"
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " /sbin/static
	chown 0 "$ROOT"
	chmod 777 "$ROOT"
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " /sbin/static
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " \
		-u nobody /sbin/static
	chmod 775 "$ROOT"
	chgrp 5 "$ROOT"
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " /sbin/static
	chgrp 0 "$ROOT"
	chmod 755 "$ROOT"
	in_root
	kill_tree
	chown 65534 "$T"
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " /sbin/static
	chown 0 "$T"
	in_root
}

@test "a root that others can add to is refused, sticky or not" {
	needroot
	local mode options
	mkdir "$T/above"
	mv "$ROOT" "$T/above/root"
	ROOT=$T/above/root
	cd "$T/above"
	chgrp 5 root
	for mode in 1777 1775; do
		chmod "$mode" root
		for options in '' '-r root' "-r $ROOT/var/.." '-u nobody'; do
			# shellcheck disable=SC2086 # a list
			refused_in_root 77 "cannot change root to: .*: unsafe: .* \\(.*, owner 0, mode $mode\\)$" \
				$options /sbin/static || fail "$mode $options"
		done
	done
	# Above the root it protects the root.
	chmod 755 root
	chmod 1777 "$T/above"
	in_root
}

@test "a root that belongs to another than the daemon's user is refused" {
	needroot
	chown 1 "$ROOT"
	refused_in_root 77 "cannot change root to: $ROOT: unsafe: " \
		-u nobody /sbin/static
	chown 65534 "$ROOT"
	in_root -u nobody
}

@test "a root through another user's link is refused" {
	needroot
	mkdir "$T/theirs"
	ln -s "$ROOT" "$T/theirs/link"
	chown -h 65534 "$T/theirs/link"
	refused_in_root 77 'cannot change root to: .*: unsafe: ' \
		-r "$T/theirs/link" /sbin/static
	chown -h 0 "$T/theirs/link"
	in_root -r "$T/theirs/link"
	assert_equal "$(readlink "/proc/$pid/root")" "$ROOT" root
}

@test "outputs are not truncated when the program inside is missing" {
	needroot
	echo kept >"$T/out/log"
	refused_in_root 127 'cannot execute: /sbin/none: ' -o "$T/out/log" \
		-p "$T/out/pid" -l "$T/out/lock" /sbin/none
	assert_content "$T/out/log" kept
}

@test "the plan says what happens in the new root" {
	needroot
	run_d -x -r "$ROOT" static
	assert_status 0
	assert_match "$out" "change root to: $ROOT"
	assert_match "$out" 'execute: static \(the daemon searches it in PATH\)'
	assert_no_process
}
