#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Programs that people really start: each from a shell, from a script that goes
# on with it, and over a terminal that closes; used, refused a second time,
# rotated, and ended through its pidfile.

load lib/common

setup() {
	setup_dir
	# A user's own directories in PATH are closed to other users.
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	mkdir "$T/run" "$T/log" "$T/www" "$T/own"
	pidfile=$T/run/pid log=$T/log/log
	port=$(free_port)
	echo "the page" >"$T/www/index.html"
}

# The programs, as copies of ours, because some overwrite their arguments and
# environment, by which teardown would find them.  Each sets `options`, `program`, `user` and `ask`: a bash script
# that uses it, prints the answer, and fails as long as there is none.

http_ask="exec 8<>/dev/tcp/127.0.0.1/PORT || exit
	printf 'GET /index.html HTTP/1.0\r\n\r\n' >&8
	cat <&8 | grep 'the page'"

# What only makes nginx fit into the test's directory.
nginx_paths() {
	local name
	for name in client_body proxy fastcgi uwsgi scgi; do
		echo "${name}_temp_path $T/own/$name;"
	done
}

prepare_nginx() {
	needprogram nginx
	user=www-data options=(-u "$user")
	chown "$user" "$T/own"
	{
		echo "pid $T/own/nginx.pid; events {} http {"
		nginx_paths
		echo "access_log /dev/stdout;"
		echo "server { listen 127.0.0.1:$port; root $T/www; } }"
	} >"$T/nginx.conf"
	program=("$(own "$(type -P nginx)")" -e stderr -c "$T/nginx.conf" -g 'daemon off;')
	ask=${http_ask/PORT/$port}
}

prepare_redis() {
	needprogram redis-server
	user=redis options=(-u "$user" -c "$T/own")
	chown "$user" "$T/own"
	program=("$(own "$(type -P redis-server)")" --bind 127.0.0.1 --port "$port" --save '')
	ask="exec 8<>/dev/tcp/127.0.0.1/$port || exit
		printf 'INCR visits\r\n' >&8
		read -r answer <&8; [[ \$answer == :[1-9]* ]] && echo \"\$answer\""
}

# As a user that is not root it wants no directory below /run.
prepare_sshd() {
	needprogram ssh-keygen ssh-keyscan sshd
	user=nobody options=(-u "$user")
	if [[ ! -e $T/own/key ]]; then
		ssh-keygen -q -t ed25519 -N '' -f "$T/own/key"
		chown -R "$user" "$T/own"
	fi
	program=("$(own "$(type -P sshd)")" -D -e -f /dev/null -h "$T/own/key"
		-o ListenAddress=127.0.0.1 -o "Port=$port" -o PidFile=none
		-o UsePAM=no)
	ask="ssh-keyscan -p $port 127.0.0.1 2>/dev/null | grep ed25519"
}

prepare_http() {
	needprogram python3
	user=nobody options=(-u "$user:www-data" -c "$T/www" -E PYTHONUNBUFFERED=1)
	program=(python3 -m http.server --bind 127.0.0.1 "$port")
	ask=${http_ask/PORT/$port}
}

# It answers a signal by a line in its log.
prepare_script() {
	user=nobody options=(-u "$user")
	cat >"$T/script" <<-'END'
		#!/bin/sh
		trap 'echo answer' USR1
		trap 'echo end; exit 0' TERM
		echo ready
		while :; do sleep 1 & wait; done
	END
	chmod 755 "$T/script"
	program=("$T/script" "argument with  blanks")
	ask="grep ready '$log' && kill -USR1 \"\$(cat '$pidfile')\" &&
		grep answer '$log'"
}

# Nothing else is in its root; what it writes there is seen outside.
prepare_static() {
	user=nobody options=(-u "$user" -r "$T/jail")
	mkdir -p "$T/jail/own"
	chown "$user" "$T/jail/own"
	cp "$HELPERS/static" "$T/jail/static"
	program=(/static "here it is" /own/pid)
	ask="grep 'here it is' '$log' && cmp '$T/jail/own/pid' '$pidfile'"
}

answers() { bash -c "$ask" >"$CAP/answer" 2>/dev/null; }

# The ways to start it.  `line` is the whole command line.

from_shell() { run_d "${line[@]}"; }

from_script() {
	cat >"$T/start" <<-'END'
		#!/bin/bash
		# A start that fails, or lies, ends this.
		set -eu
		ask=$1
		shift
		"$@"
		for i in {1..200}; do
			if answer=$(bash -c "$ask" 2>/dev/null); then
				break
			fi
			sleep 0.05
		done
		echo "script: ${answer:?}"
	END
	run_c bash "$T/start" "$ask" "$DAEMONIZE" "${line[@]}"
	assert_match "$out" '^script: .+'
	out=
}

# The terminal is gone the moment that daemonize has returned.
from_terminal() { run_c "$HELPERS/pty" "$DAEMONIZE" "${line[@]}"; }

# It is what was asked: the process, its user, its place.
check_daemon() {
	local uid
	pid=$(cat "$pidfile")
	uid=$(id -u "$user")
	assert_alive "$pid"
	assert_match "$(cat "$pidfile.id")" "^pid $pid"$'\n'
	assert_stat %u:%a "$pidfile" 0:644
	refute_exists "$pidfile.lock"
	assert_match "$(grep ^Uid: "/proc/$pid/status")" \
		"^Uid:"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid\$"
	# no terminal, and its own process group
	read -r _ _ pgrp session tty _ < <(sed 's/.*) //' "/proc/$pid/stat")
	assert_equal "$pgrp $tty" "$pid 0" "process group and terminal"
	[[ $session != "$pid" ]] || fail "it leads its session"
	# a session of its own, whose leader is gone
	refute_alive "$session"
	assert_stat %U:%a "$log" "$user:640"
}

end_by_pidfile() {
	kill "$(cat "$pidfile")"
	wait_gone "$pid"
	wait_for none_of_ours
}

# Each way in turn: what the last one left is stale for the next.
live() {
	local way
	needroot
	"prepare_$1"
	line=("${options[@]}" -p "$pidfile" -L "$log" -- "${program[@]}")
	for way in from_shell from_script from_terminal; do
		echo "$1 $way"
		one_life "$way"
	done
}

one_life() {
	rm -f "$log"
	"$1"
	assert_status 0
	assert_silent
	wait_for answers
	check_daemon
	refuse_second
	end_by_pidfile
}

refuse_second() {
	run_d "${line[@]}"
	assert_refused 75 "cannot start: $pidfile: already running \(process $pid\)"
	assert_alive "$pid"
	wait_for answers
}

@test "nginx in the foreground mode lives as www-data and serves a page" {
	live nginx
}

@test "redis-server lives as its user and counts" {
	live redis
}

@test "sshd -D lives as nobody and shows its key" {
	live sshd
}

@test "python's http.server lives as nobody and serves a page" {
	live http
}

@test "a shell script lives as nobody and answers a signal" {
	live script
	assert_match "$(cat "$log")" "end$"
}

@test "a static binary lives in a root with nothing else in it" {
	live static
}

@test "logrotate's copytruncate works on the log of a running server" {
	needroot
	needprogram logrotate
	prepare_http
	start "${options[@]}" -p "$pidfile" -L "$log" -- "${program[@]}"
	wait_for answers
	wait_for has_line "$log" 'GET /index.html'
	cat >"$T/rotate" <<-END
		$log {
			rotate 2
			copytruncate
		}
	END
	run_c logrotate -s "$T/state" -f "$T/rotate"
	assert_status 0
	assert_silent
	assert_stat %s "$log" 0
	has_line "$log.1" 'GET /index.html' || fail "the old log is lost"
	wait_for answers
	wait_for has_line "$log" 'GET /index.html'
	# written at the end of the file, not where the last line was
	assert_equal "$(tr -d '\0' <"$log" | wc -c)" "$(wc -c <"$log")" "size"
	assert_equal "$(wc -l <"$log")" 1 "lines since the rotation"
	pid=$(cat "$pidfile")
	end_by_pidfile
}

@test "a server is a container's entry point: -f, in its place and ended by TERM" {
	needroot
	prepare_redis
	run_bg "$DAEMONIZE" -f "${options[@]}" -p "$pidfile" -- "${program[@]}"
	wait_for answers
	# shellcheck disable=SC2154 # run_bg sets it
	assert_content "$pidfile" "$bg"
	assert_match "$(cat "$CAP/bg.out")" 'Ready to accept connections'
	kill "$bg"
	status=0
	wait "$bg" || status=$?
	assert_status 0
}

@test "a server that cannot listen says so in its log, and another can start" {
	needroot
	prepare_redis
	start "${options[@]}" -p "$pidfile" -L "$log" -- "${program[@]}"
	wait_for answers
	start "${options[@]}" -p "$T/run/other" -L "$T/log/other" -- "${program[@]}"
	wait_for has_line "$T/log/other" 'Address already in use'
	wait_gone "$(cat "$T/run/other")"
	port=$(free_port)
	prepare_redis
	start "${options[@]}" -p "$T/run/other" -L "$T/log/other" -- "${program[@]}"
	wait_for answers
}
