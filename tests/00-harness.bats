#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The failsafe: a harness that cannot fail, or a probe that cannot see dirt,
# would make all the other tests worthless.  Nothing here runs the program.
#
# shellcheck disable=SC2016,SC2034,SC2154

load lib/common

# nested NAME: runs the lines of standard input as one test each.
nested() {
	local file=$CAP/$1.bats n=0 line RUN_SECONDS=100 # dozens of tests
	printf 'load %q\n' "$SRCDIR/tests/lib/common" >"$file"
	while IFS= read -r line; do
		[[ -n $line ]] || continue
		n=$((n + 1))
		printf '@test "%d" {\n%s\ntrue\n}\n' "$n" "$line" >>"$file"
	done
	nested_tests=$n
	run_c env -i PATH="$PATH" SRCDIR="$SRCDIR" HELPERS="$HELPERS" \
		DAEMONIZE="$T/daemonize" VERSION=0 WAIT_SECONDS=1 \
		bats --tap "$file"
}

count_out() { grep -c "$1" <<<"$out" || :; }

# A stand-in for the program: forks, and knows -p.
fake_daemonize() {
	cat >"$T/daemonize" <<-'END'
		#!/bin/sh
		if [ "$1" = fail ]; then
			echo "daemonize: cannot $2: x: y" >&2
			exit 71
		fi
		file=/dev/null
		if [ "$1" = -p ]; then
			file=$2
			shift 2
		fi
		setsid "$@" >/dev/null 2>&1 &
		echo $! >"$file"
	END
	chmod 755 "$T/daemonize"
	DAEMONIZE=$T/daemonize
}

@test "every assertion can fail" {
	fake_daemonize
	nested failing <<-'END'
		false
		refute true
		refute no-such-command
		status=1; assert_status 0
		start fail; true
		run_d fail; assert_status 0
		RUN_SECONDS=0.1; run_c sleep 9
		assert_equal a b
		assert_match abc ^b
		out=a; assert_out b
		err=a; assert_err b
		out=a err=; assert_silent
		out= err=a; assert_silent
		err=; assert_line_count 1
		err=$'a\nb'; assert_line_count 1
		err= out=a; assert_line_count 2 out
		err=; assert_message x
		err='daemonize: y'; assert_message x
		err='daemonize: yx'; assert_message x
		err='other: x'; assert_message x
		err=$'daemonize: x\ndaemonize: x'; assert_message x
		out= err='daemonize: x' status=1; assert_refused 2 x
		out= err='daemonize: y' status=2; assert_refused 2 x
		out=a err='daemonize: x' status=2; assert_refused 2 x
		assert_exists "$T/none"
		refute_exists "$T"
		ln -s none "$T/l"; refute_exists "$T/l"
		assert_content "$T/none" ''
		echo a >"$T/a"; assert_content "$T/a" b
		assert_stat %a "$T" 700
		assert_alive 999999999
		refute_alive $$
		run_bg sleep 9; assert_no_process
		assert_nothing_left "$T"
		wait_for false
		wait_gone $$
		CI=1; needprogram no-such-program
		probe_report fail; true
		REPORT=$T/none; assert_report uid 0
		echo uid=1 >"$T/r"; REPORT=$T/r; assert_report uid 0
		echo uid=1 >"$T/r"; REPORT=$T/r; assert_report gid 0
		echo env=A=b >"$T/r"; REPORT=$T/r; refute_env A
		echo env=A=b >"$T/r"; REPORT=$T/r; assert_env A c
		echo env=A=b >"$T/r"; REPORT=$T/r; assert_env B ''
	END
	assert_status 1
	assert_equal "$(count_out '^ok ')" 0 "tests that passed"
	assert_equal "$(count_out '^not ok ')" "$nested_tests" "failures"
}

@test "every assertion can pass" {
	fake_daemonize
	nested passing <<-'END'
		refute false
		status=1; assert_status 1
		start -p /dev/null true; assert_silent
		run_d fail this; assert_refused 71 'cannot this: x: y'
		run_d fail this; assert_message 'cannot (that|this)'
		assert_equal a a
		assert_match abc ^a
		out=a; assert_out a
		err=; assert_line_count 0
		out=$'a\nb'; assert_line_count 2 out
		assert_exists "$T"
		ln -s none "$T/l"; assert_exists "$T/l"
		refute_exists "$T/none"
		echo a >"$T/a"; assert_content "$T/a" a
		assert_stat %a "$T" 755
		assert_alive $$
		refute_alive 999999999
		assert_no_process
		snapshot "$T"; touch "$T/a"; rm "$T/a"; assert_nothing_left "$T"
		wait_for true
		run_bg sleep 0.01; wait_gone $bg
		(CI=; needprogram no-such-program)
		spawn_daemon_pid; assert_alive "$pid"; assert_report pid "$pid"
		probe_report -- more; assert_report argv.3 more
		A=b probe_report; assert_env A b; refute_env NO_SUCH
	END
	assert_status 0
	assert_equal "$(count_out '^ok ')" "$nested_tests" "tests that passed"
}

@test "a snapshot sees every kind of change" {
	local change
	needprogram mkfifo
	for change in 'echo new >f' 'rm f' 'touch g' 'mkdir e' 'chmod 600 f' \
		'cp -p f g; mv g f' 'ln f g' 'ln -sfn other l' 'chmod 700 d' \
		'touch -d 2001-01-01 f' 'mkfifo p' 'touch .hidden' \
		't=$(stat -c %y f); printf "xxx\n" >f; touch -d "$t" f'; do
		rm -rf "$T/s"
		mkdir -p "$T/s/d"
		echo old >"$T/s/f"
		ln -s none "$T/s/l"
		snapshot "$T/s"
		assert_nothing_left "$T/s"
		(cd "$T/s" && eval "$change")
		if assert_nothing_left "$T/s" 2>/dev/null; then
			fail "not seen: $change"
		fi
	done
}

@test "a run inherits no descriptor, and keeps the outputs apart" {
	exec 7</dev/null 77</dev/null
	run_c "$HELPERS/probe" - exit:3
	exec 7<&- 77<&-
	assert_status 3
	assert_equal "$(grep -c ^fd. <<<"$out")" 3 "descriptors"
	run_c sh -c 'echo out; echo err >&2'
	assert_out out
	assert_err err
}

@test "a run has a known environment, and what the test exports" {
	A=b run_c "$HELPERS/probe" -
	assert_equal "$(grep '^env=' <<<"$out" |
		grep -Ev '^env=(HOME|TMPDIR|_|[A-Z]+SAN_OPTIONS)=' |
		cut -d = -f 2 | sort | xargs)" \
		"A DZ_TEST_MARK LC_ALL PATH" variables
}

@test "a test's PATH has nothing but directories that can be searched" {
	local user=()
	((EUID != 0)) || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	mkdir "$T/open" "$T/closed"
	: >"$T/file"
	chmod 0 "$T/closed"
	export -f clean_environment searchable
	run_c "${user[@]}" bash -c 'PATH=$1 && clean_environment && echo "$PATH"' \
		bash "$T/open:$T/closed:$T/closed/bin:$T/no:$T/file::/bin"
	assert_out "$T/open:/bin"
}

@test "teardown finds everything that a test has started" {
	run_bg "$(own /bin/sleep)" 100
	(env -i setsid "$(own /bin/sleep)" 100 >/dev/null 2>&1 3>&- &)
	run_c sh -c 'sleep 100 & setsid sleep 100 &'
	wait_for four_of_ours
	kill_tree
	none_of_ours
	assert_no_process
}

four_of_ours() { [[ $(our_processes | wc -l) == 4 ]]; }

@test "the user nobody can reach the test's directory" {
	needroot
	needprogram setpriv
	probe_setup
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$PROBE" "$REPORT" 3>&-
	assert_report uid "65534 65534 65534 65534"
}
