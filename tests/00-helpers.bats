#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The helpers tell the truth: the probe sees every kind of dirt that the
# dirty caller makes, the reaper everything that is left, and the terminal
# really hangs up.
#
# shellcheck disable=SC2016,SC2034,SC2154

load lib/common

# A word of the dirty caller, and the line that it must put into the report.
# A clean one must not have that line, or it would prove nothing.
dirt() {
	cat <<-'END'
		path-unset          !^env=PATH=
		env:junk            ^env=LD_LIBRARY_PATH=/nonexistent$
		env:all             ^env=XDG_VTNR=99$
		env:NAME=value      ^env=NAME=value$
		umask:0777          ^umask=0777$
		nice:7              ^nice=7$
		oom:77              ^oom_score_adj=77$
		sched:batch         ^sched=batch 0
		personality:0x40000 ^personality=00040000$
		nonewprivs          ^nonewprivs=1$
		subreaper           ^subreaper=1$
		itimer              ^itimer.real=9
		itimer              ^itimer.virtual=(9|1000)
		itimer              ^itimer.prof=(9|1000)
		sigign              ^sig.ignored=fffffffffffbfeff$
		sigchld-ign         ^sig.ignored=.*[13579bdf]....$
		sigblock            ^sig.blocked=fffffffffffbfeff$
		pending:TERM        ^sig.pending=0000000000004000$
		pending:64          ^sig.pending=8000000000000000$
		tty                 ^tty=pts/[0-9]
		tty                 ^tty.opens=1$
		tty                 ^session_leader=1$
		fds:12              ^fd.[0-9]+=pipe:.* access=w append=0
		fds:12              ^fd.[0-9]+=/etc/passwd access=r append=0
		fds:12              ^fd.[0-9]+=/ access=r append=0
		fds:12              ^fd.[0-9]+=/dev/null access=rw append=1 nonblock=1
		fds:900             ^fd.890=
		wronly-stdin        ^fd.0=/dev/null access=w
		nonblock            ^fd.0=.* nonblock=1
		nonblock            ^fd.1=.* nonblock=1
		nonblock            ^fd.2=.* nonblock=1
		deadcwd             ^cwd=.* .deleted.$
		nofile:64           ^limit.nofile=64:
		closed:0            !^fd.0=
		closed:1,2          !^fd.[12]=
	END
}

dirt_for_root() {
	cat <<-'END'
		inheritable-caps    ^cap.inh=0.*[1-9a-f].*[1-9a-f]
		ambient-caps        ^cap.amb=0.*[1-9a-f].*[1-9a-f]
		noproc              ^exe=\?$
	END
}

# sees WORD REGEX: in the dirty report, not in the clean one, or with !
# the other way round.
sees() {
	local word=$1 regex=${2#!} with=$T/dirty without=$T/clean
	rm -f "$T/dirty"
	run_c "$HELPERS/dirty" "$word" -- "$HELPERS/probe" "$T/dirty"
	assert_status 0
	if [[ $2 == !* ]]; then
		with=$T/clean without=$T/dirty
	fi
	has_line "$with" "$regex" || fail "not seen: $word: $2"
	refute has_line "$without" "$regex"
}

sees_all() {
	local word regex
	run_c "$HELPERS/probe" "$T/clean"
	assert_status 0
	while read -r word regex; do
		sees "$word" "$regex"
	done
}

@test "the probe sees every kind of dirt" {
	sees_all < <(dirt)
}

@test "the probe sees the dirt that only root can make" {
	needroot
	sees_all < <(dirt_for_root)
}

@test "the probe sees a key of its caller" {
	run_c "$HELPERS/dirty" keyring:dirt -- "$HELPERS/probe" -
	[[ $err != *"not implemented"* && $err != *"not permitted"* ]] ||
		skip "no keyrings here"
	assert_status 0
	assert_match "$out" $'\nkeyring=[0-9]+ _ses\n'
	assert_match "$out" $'\nkeyring.keys=user:dirt\n'
}

@test "every word of the dirty caller is tested here" {
	local word
	run_c "$HELPERS/dirty" help -- true
	assert_status 125
	for word in ${err##*The words are:}; do
		[[ ${word%%:*} == keyring || ${word%%:*} == nofile ]] ||
			{ dirt; dirt_for_root; } | grep -q "^${word%%:*}[: ]" ||
			fail "not tested: $word"
	done
}

@test "the dirty caller says what it cannot make" {
	run_c "$HELPERS/dirty" closed:0,1,2 nofile:2000000000 -- true
	assert_status 125
	assert_match "$err" '^dirty: cannot make: nofile:2000000000: '
	run_c "$HELPERS/dirty" umask:9 -- true
	assert_status 125
	run_c "$HELPERS/dirty" umask -- true
	assert_status 125
	run_c "$HELPERS/dirty" closed:2 -- no-such-program
	assert_status 127
	assert_match "$err" '^dirty: not found: no-such-program'
}

@test "all dirt at once still lets the probe report" {
	run_c "$HELPERS/dirty" closed:0,1,2 sigblock sigign pending:64 \
		umask:0777 fds:900 itimer deadcwd nofile:max env:all \
		path-unset nice:3 oom:30 sched:batch nonewprivs subreaper tty \
		-- "$HELPERS/probe" "$T/report" exit:5 $'two\nlines' ''
	assert_status 5
	REPORT=$T/report
	assert_report sig.blocked fffffffffffbfeff
	assert_report argv.3 'two\nlines'
	assert_report argv.4 ''
	assert_report umask 0777
	assert_stat %a "$REPORT" 644
	(($(report_lines fd. | wc -l) == 902)) || fail "not 900 and a terminal"
}

@test "the report is what /proc tells from outside" {
	run_bg "$HELPERS/dirty" sigblock sigign fds:40 pending:40 \
		-- "$HELPERS/probe" "$T/report" stay
	wait_report "$T/report"
	assert_equal "$pid" "$bg" pid
	local key field status_file=/proc/$pid/status
	while read -r key field; do
		assert_report "$key" "$(awk -v f="$field:" '$1 == f {
			$1 = ""; print substr($0, 2) }' "$status_file")"
	done <<-END
		sig.blocked SigBlk
		sig.ignored SigIgn
		sig.caught SigCgt
		sig.pending ShdPnd
		ppid PPid
		uid Uid
		gid Gid
		groups Groups
		umask Umask
		nonewprivs NoNewPrivs
		cap.inh CapInh
		cap.prm CapPrm
		cap.eff CapEff
		cap.bnd CapBnd
		cap.amb CapAmb
	END
	assert_equal "$(report_lines fd. | sed 's/^fd.//; s/=.*//')" \
		"$(find "/proc/$pid/fd" -mindepth 1 -printf '%f\n' | sort -n)" \
		"descriptors"
	assert_equal "$(report_lines env= | sed 's/^env=//')" \
		"$(tr '\0' '\n' <"/proc/$pid/environ")" environment
}

@test "without /proc the report has the same, as far as calls can tell" {
	needroot
	run_c "$HELPERS/probe" "$T/with"
	run_c "$HELPERS/dirty" noproc -- "$HELPERS/probe" "$T/without"
	assert_status 0
	diff <(report_plain "$T/with" | grep -v '^fd.') \
		<(report_plain "$T/without" | grep -v '^fd.') |
		grep '^>' | grep -v '=?$' >"$T/more" || :
	assert_content "$T/more" "> argv.1=$T/without"
	assert_equal "$(grep -c '^fd.*=? access=' "$T/without")" 3 descriptors
}

@test "the reaper sees what is left, and leaves nothing" {
	run_c "$HELPERS/reaper" -o "$T/left" sh -c 'sleep 100 & exit 3'
	assert_status 3
	assert_match "$(cat "$T/left")" '^[0-9]+ (sleep|sh)$'
	assert_no_process
	run_c "$HELPERS/reaper" -o "$T/left" sh -c '(exit 4) & wait $!'
	assert_status 4
	assert_content "$T/left" ''
	run_c "$HELPERS/reaper" -o "$T/left" sh -c 'kill -TERM $$'
	assert_status 143
	run_c "$HELPERS/reaper" -g 5 -o "$T/left" sh -c 'sleep 0.05 & exit 0'
	assert_status 0
	assert_content "$T/left" ''
}

@test "the reaper ends what takes too long, whatever it ignores" {
	run_c "$HELPERS/reaper" -t 0.1 "$HELPERS/dirty" sigign sigblock -- \
		sh -c 'sleep 100 & setsid sh -c "sleep 100 & wait" & wait'
	assert_status 124
	assert_no_process
}

@test "the reaper keeps what it is told to keep" {
	run_c "$HELPERS/reaper" -k -o "$T/left" \
		sh -c 'sleep 100 >/dev/null 2>&1 & exit 0'
	assert_status 0
	assert_alive "$(cut -d ' ' -f 1 "$T/left")"
}

@test "the terminal hangs up on whoever is left" {
	run_c "$HELPERS/pty" sh -c 'tty; exit 7'
	assert_status 7
	assert_match "$out" '^/dev/pts/[0-9]+'
	run_c "$HELPERS/pty" "$HELPERS/probe" "$T/report"
	REPORT=$T/report
	assert_match "$(report_value tty)" ^pts/
	assert_report session_leader 1
	# Left behind in the foreground: hit when the leader ends.
	run_c "$HELPERS/pty" sh -c "(trap 'echo hit >$T/hit; exit' HUP
		echo ready >$T/ready; while :; do sleep 0.01; done) &
		while ! test -s $T/ready; do sleep 0.01; done"
	assert_status 0
	wait_for not_empty "$T/hit"
	# The leader itself: hit when the character comes.
	run_c "$HELPERS/pty" -c @ sh -c 'printf hello@; sleep 100'
	assert_status 129
}

@test "the static program writes its text and its pid" {
	run_bg "$HELPERS/static" "hello there" "$T/pid"
	wait_for not_empty "$T/pid"
	assert_content "$T/pid" "$bg"
	assert_content "$CAP/bg.out" "hello there"
	assert_alive "$bg"
}
