# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# The probe as the daemon: start it, wait for its report, look into it.

# probe_setup: $PROBE, a copy that any user can run, and $REPORT, which does
# not exist yet, in a directory where any user can write.
probe_setup() {
	PROBE=$(own "$HELPERS/probe")
	REPORT=$T/report/probe
	mkdir -p "$T/report"
	chmod 1777 "$T/report"
	rm -f "$REPORT"
}

# probe_report [OPTION...] [-- ARGUMENT...]: daemonizes the probe, which
# stays, and waits for the report.  $pid is the daemon.
probe_report() { probe_report_by "$DAEMONIZE" "$@"; }

# probe_report_by COMMAND... : the same through another command, which ends
# in the options of ours: a dirty caller, a terminal.
probe_report_by() {
	local before=()
	while (($#)) && [[ $1 != -- ]]; do
		before+=("$1")
		shift
	done
	[[ ${1:-} != -- ]] || shift
	probe_setup
	run_c "${before[@]}" "$PROBE" "$REPORT" stay "$@"
	assert_status 0 || return 1
	wait_report "$REPORT"
}

# wait_report FILE: it appears whole; sets $REPORT and $pid.
wait_report() {
	REPORT=$1
	wait_for test -s "$REPORT" || return 1
	pid=$(report_value pid)
	track "$pid"
}

# spawn_daemon_pid [OPTION...]: a daemon with the pidfile $T/pid; sets $pid.
spawn_daemon_pid() {
	probe_report -p "$T/pid" "$@" || return 1
	assert_content "$T/pid" "$pid"
}

# report_value KEY: the rest of its first line.
report_value() {
	awk -v key="$1=" 'index($0, key) == 1 {
		print substr($0, length(key) + 1); found = 1; exit
	} END { exit !found }' "$REPORT"
}

# report_lines PREFIX: all lines that begin with it, `fd.` or `env=`.
report_lines() {
	awk -v prefix="$1" 'index($0, prefix) == 1' "$REPORT"
}

# assert_report KEY VALUE
assert_report() {
	local value
	value=$(report_value "$1") || fail "no $1 in the report" || return 1
	assert_equal "$value" "$2" "$1 of the daemon"
}

# assert_env NAME VALUE, refute_env NAME
assert_env() {
	local value
	value=$(report_value "env=$1") || fail "no variable $1" || return 1
	assert_equal "$value" "$2" "variable $1"
}

refute_env() {
	local value
	if value=$(report_value "env=$1"); then
		fail "the daemon has $1=$value"
	fi
}

# report_plain [FILE]: the whole report with what differs from run to run
# replaced, so that two can be compared: ids of processes by what they are
# (PID, 0, 1, OTHER), inodes, serials and times by a word.
report_plain() {
	awk '
	/^pid=/ { pid = substr($0, 5); print "pid=PID"; next }
	/^(ppid|sid|pgid)=/ {
		split($0, f, "=")
		if (f[2] == pid)
			f[2] = "PID"
		else if (f[2] > 1)
			f[2] = "OTHER"
		print f[1] "=" f[2]
		next
	}
	/^fd\./ { gsub(/(pipe|socket):\[[0-9]+\]/, "INODE") }
	/^keyring=[0-9]/ { sub(/=[0-9]+/, "=SERIAL") }
	/^itimer\.[a-z]+=[0-9]*\./ { sub(/=.*/, "=SET") }
	{ print }' "${1:-$REPORT}"
}
