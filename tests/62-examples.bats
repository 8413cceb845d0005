#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The examples of the manual, run as they stand there.  Only the first part of
# their paths and the port are replaced, so that they meet nobody else's files.

# shellcheck disable=SC2154 # common.bash sets out, err and bg

load lib/common

setup() {
	setup_dir
	mkdir -p "$T/cmd" "$T/run" "$T/var/log" "$T/var/lib/redis" \
		"$T/srv/www" "$T/srv/jail" "$T/etc"
	ln -s "$DAEMONIZE" "$T/cmd/daemonize"
	# shellcheck disable=SC2034 # exported by common.bash
	PATH=$T/cmd:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	port=$(free_port)
	echo "the page" >"$T/srv/www/index.html"
}

manual=$SRCDIR/man/daemonize.1

# The manual's examples, a line `--- N` before each.
examples() {
	awk '/^\.Sh/ { here = $2 == "EXAMPLES" }
		here && /^\.Bd/ { block = 1; print "--- " ++n; next }
		/^\.Ed/ { block = 0 }
		block' "$manual" | sed 's/\\e/\\/g'
}

# example BEGINNING: the one that begins so goes to $example.
example() {
	local n
	n=$(examples | awk -v begin="$1" '/^---/ { n = $2; getline
		if (index($0, begin) == 1) print n }')
	[[ $n =~ ^[0-9]+$ ]] || fail "not one example begins with $1: $n"
	example=$(examples | sed -n "/^--- $n\$/,/^---/{/^---/!p}" |
		sed -E "s#(^|[ '<=])/(run|var|srv|etc)/#\1$T/\2/#g; s#8080#$port#g")
}

# run_example BEGINNING: as a script whose first failure ends it.
run_example() {
	example "$1"
	echo "$example"
	run_c sh -ec "$example"
}

free_of() { ! (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

ping_redis() {
	local answer
	exec {fd}<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf 'PING\r\n' >&"$fd"
	read -r answer <&"$fd"
	exec {fd}>&-
	[[ $answer == +PONG* ]]
}

@test "example: what a start would do" {
	needroot
	snapshot "$T/run"
	snapshot "$T/var"
	run_example 'daemonize -x -u www-data'
	assert_status 0
	assert_err ''
	assert_match "$out" '^This is what would be done; nothing has been\.'
	assert_match "$out" "daemon  set user: $(id -u www-data) \(www-data\)"
	assert_match "$out" "execute: .*sleep.* 600"
	assert_nothing_left "$T/run"
	assert_nothing_left "$T/var"
	assert_no_process
}

@test "example: a web server, started, used and ended" {
	needprogram curl python3
	run_example 'daemonize -p /run/hello.pid -L'
	assert_status 0
	assert_out "the page"
	assert_err ''
	# ended, and gone
	assert_equal "$(ls -A "$T/run")" '' "left in the run directory"
	wait_for free_of
	has_line "$T/var/log/hello.log" 'GET / HTTP/1.1" 200' ||
		fail "nothing logged"
}

# as_user: root's run directory is everybody's; a user's own is in $T.
as_user() {
	chmod 1777 "$T/var/log"
	mkdir -m 777 "$T/state"
	user=(env "XDG_STATE_HOME=$T/state")
	((EUID == 0)) || return 0
	ln -sf "$(own "$DAEMONIZE")" "$T/cmd/daemonize"
	user=(setpriv --reuid 65534 --regid 65534 --clear-groups "${user[@]}")
}

@test "example: the life of a daemon that has a name" {
	local dir
	as_user
	dir=$T/state/daemonize/$(uname -n)
	chmod 755 "$T/state"
	((EUID != 0)) || chown 65534:65534 "$T/state"
	example 'daemonize -n hello'
	run_c "${user[@]}" sh -ec "$example"
	assert_status 0
	assert_err ''
	assert_line_count 3 out
	assert_match "$out" '^hello: running \(process [0-9]+, user '
	assert_match "$out" $'\nNAME +STATE '
	assert_match "$out" $'\nhello +running +[0-9]+ .* sleep$'
	assert_equal "$(ls -A "$dir")" '' "left in the run directory"
	assert_stat %a "$dir" 700
	assert_no_process
}

# a_daemon SCRIPT: with a pidfile of the examples' name, and waits until it
# says so in the log.
a_daemon() {
	start -p "$T/run/hello.pid" -L "$T/var/log/hello.log" sh -c "$1"
	wait_for has_line "$T/var/log/hello.log" ready
}

@test "example: a daemon reads its configuration, and has its signal" {
	a_daemon 'trap "echo again" HUP; trap "echo own" USR1; echo ready
		while :; do sleep 600 & wait; done'
	example 'daemonize --reload'
	# one after the other, so that none can be overlooked
	run_c sh -ec "${example%%$'\n'*}"
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/hello.log" again
	run_c sh -ec "${example#*$'\n'}"
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/hello.log" own
	start --stop --stop-group -p "$T/run/hello.pid"
}

@test "example: end a daemon and its children" {
	# the child, unlike its parent, does not hear an interrupt
	a_daemon 'trap "" INT; sleep 600 & trap "exit 0" INT; echo ready
		while :; do wait; done'
	run_example 'daemonize --stop --retry=INT'
	assert_status 0
	assert_silent
	assert_no_process
	assert_equal "$(ls -A "$T/run")" '' "left in the run directory"
}

@test "example: one signal, and a wait as long as it takes" {
	a_daemon 'echo ready; exec sleep 600'
	pid=$(cat "$T/run/hello.pid")
	run_example 'daemonize --stop --retry=TERM'
	assert_status 0
	assert_out ''
	assert_err "daemonize: stopped: process $pid, after signal 15, SIGTERM"
	refute_alive "$pid"
}

@test "example: what is known of a daemon" {
	needprogram python3
	a_daemon 'echo ready; exec sleep 600'
	run_example 'daemonize --status --json'
	assert_status 0
	assert_err ''
	assert_match "$out" "\"pid\": $(cat "$T/run/hello.pid"),"
	assert_match "$out" '"state": "running"'
}

@test "example: a script that goes by the state" {
	example 'state=0'
	run_c sh -ec "$example"
	assert_out "stopped, or never started"
	a_daemon 'echo ready; exec sleep 600'
	run_c sh -ec "$example"
	assert_out running
	pid=$(cat "$T/run/hello.pid")
	kill -KILL "$pid"
	wait_gone "$pid"
	run_c sh -ec "$example"
	assert_out "has ended by itself"
	rm "$T/run/hello.pid.id"
	echo $$ >"$T/run/hello.pid"
	run_c sh -ec "$example"
	assert_out "ask an administrator"
	assert_err ''
}

@test "example: a server as its own user, and cron's line for it" {
	needroot
	needprogram redis-server
	# teardown finds it by its place, whatever it makes of its arguments
	cp "$(type -P redis-server)" "$T/cmd/"
	chown redis "$T/var/lib/redis"
	run_example 'daemonize -u redis'
	assert_status 0
	assert_silent
	wait_for ping_redis
	pid=$(cat "$T/run/redis.pid")
	assert_stat %U "/proc/$pid" redis
	assert_stat %U:%a "$T/var/log/redis.log" redis:640
	run_example 'daemonize --ok-if-running'
	assert_status 0
	assert_silent
	assert_content "$T/run/redis.pid" "$pid"
	assert_alive "$pid"
	kill "$pid"
	wait_gone "$pid"
	wait_for free_of
	run_c sh -ec "$example"
	assert_status 0
	assert_silent
	wait_for ping_redis
	refute [ "$(cat "$T/run/redis.pid")" = "$pid" ]
}

@test "example: a job that must not run twice" {
	run_example 'daemonize -l /run/job.lock'
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/job.log" begin
	run_c sh -ec "$example"
	assert_refused 75 "cannot lock file: $T/run/job.lock: another process holds"
	assert_content "$T/var/log/job.log" begin
}

@test "example: an id that is in no database" {
	needroot
	run_example 'daemonize -u 4711:4711'
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/id.log" .
	assert_content "$T/var/log/id.log" "uid=4711 gid=4711 groups=4711"
	assert_stat %u:%g "$T/var/log/id.log" 4711:4711
}

@test "example: a static program in a root of its own" {
	needroot
	cp "$HELPERS/static" "$T/srv/jail/hello"
	run_example 'daemonize -u nobody -r /srv/jail'
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/jail.log" '^world$'
	pid=$(cat "$T/run/jail.pid")
	assert_equal "$(readlink "/proc/$pid/root")" "$T/srv/jail" root
	assert_stat %U "/proc/$pid" nobody
}

@test "example: a small environment" {
	printf '# a comment\n\nGREETING=hello world\n' >"$T/etc/hello.env"
	export LD_PRELOAD=libc.so.6 OTHER=1 SSH_AUTH_SOCK=/nowhere
	run_example 'daemonize --clear-env'
	unset LD_PRELOAD
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/env.log" '^LD_PRELOAD=libc.so.6$'
	has_line "$T/var/log/env.log" '^GREETING=hello world$' || fail "file"
	has_line "$T/var/log/env.log" "^PATH=$PATH\$" || fail "PATH"
	refute grep -Ev '^(PATH|LC_ALL|HOME|GREETING|LD_PRELOAD)=' \
		"$T/var/log/env.log"
}

@test "example: a container's entry point" {
	needroot
	needprogram python3
	example 'exec daemonize -f'
	run_bg sh -ec "$example"
	wait_for page
	assert_stat %U "/proc/$bg" www-data
	assert_equal "$(readlink "/proc/$bg/cwd")" "$T/srv/www" directory
	# what it writes stays ours
	wait_for has_line "$CAP/bg.err" .
	kill "$bg"
	wait_gone "$bg"
}

@test "example: a file that the caller may open and the daemon may not" {
	needroot
	printf 'secret' >"$T/etc/secret.key"
	chmod 600 "$T/etc/secret.key"
	run_example 'daemonize -u nobody --keep-fd=5'
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/key.log" '^6$'
}

@test "example: output and errors apart" {
	echo earlier >"$T/var/log/out.log"
	run_example 'daemonize -a --log-mode=644'
	assert_status 0
	assert_silent
	wait_for has_line "$T/var/log/err.log" bad
	assert_content "$T/var/log/err.log" bad
	assert_content "$T/var/log/out.log" $'earlier\ngood'
	assert_stat %a "$T/var/log/err.log" 644
}

@test "example: the plan for a program" {
	needroot
	needprogram python3
	run_example 'daemonize -x --json'
	assert_status 0
	assert_err ''
	assert_match "$out" '"foreground": false'
	assert_match "$out" "\"uid\": $(id -u www-data)"
}

@test "example: a script that goes by the exit status" {
	run_example 'status=0'
	assert_status 0
	assert_out started
	assert_err ''
	run_c sh -ec "$example"
	assert_status 0
	assert_out "running already"
	rm "$T/run/hello.pid"*
	mkdir "$T/run/hello.pid"
	run_c sh -ec "$example"
	assert_refused 77 'cannot start'
}

@test "example: rotation of its log" {
	needroot
	needprogram logrotate
	log=$T/var/log/hello.log
	example '/var/log/hello.log {'
	echo "$example" >"$T/etc/rotate"
	mkfifo "$T/in"
	start -L "$log" -i "$T/in" sh -c 'while ! read -r line; do :; done
		echo first; while ! read -r line; do :; done; echo second; exec sleep 600'
	echo go >"$T/in"
	wait_for has_line "$log" first
	run_c logrotate -s "$T/state" -f "$T/etc/rotate"
	assert_status 0
	assert_silent
	assert_content "$log.1" first
	echo go >"$T/in"
	wait_for has_line "$log" second
	assert_content "$log" second
	assert_stat %s "$log" 7
}

@test "every example of the manual is run here" {
	local wanted n
	wanted=$(examples | grep -c '^---')
	((wanted >= 10)) || fail "only $wanted examples"
	n=$(grep -Ec "^	(run_)?example '" "$BATS_TEST_FILENAME")
	assert_equal "$n" "$wanted" "examples run"
}
