#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Readiness as people meet it: a script that starts a server and uses it in the
# next line, a server whose configuration is broken, one that takes its time,
# and one that crashes again and again.
#
# READY=all in the environment makes the long run: 50 rounds of each of the four
# scripts with a server, 200 in all.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load lib/common

setup() {
	setup_dir
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	needprogram python3 systemd-notify
	mkdir "$T/run"
	F=$T/run/pid
	port=$(free_port) listen=
	! sees_proc || listen=listen:$port
	will_be_traced
	# Between its steps it lets everybody else have their turn.
	cat >"$T/server" <<-'END'
		#!/usr/bin/python3 -SI
		import os, socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("127.0.0.1", int(sys.argv[1])))
		time.sleep(float(sys.argv[2]))
		s.listen()
		manager = os.environ.get("NOTIFY_SOCKET")
		if manager:
		    n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    n.connect(manager)
		    n.send(b"READY=1")
		while True:
		    c, _ = s.accept()
		    c.recv(1000)
		    c.sendall(b"HTTP/1.0 200 OK\r\n\r\nthe page\n")
		    c.close()
	END
	chmod 755 "$T/server"
}

nothing_left() {
	assert_no_process || return 1
	assert_equal "$(names "$T/run")" "" "$1: files left"
}

rounds() {
	if [[ ${READY:-} == all ]]; then
		echo $(($1 * 5))
	else
		echo "$1"
	fi
}

# deploy SHELL: a script that would end at the first thing that goes wrong.
deploy() {
	executable "$T/deploy" <<-'END'
		#!/bin/bash
		set -eu
		daemonize=$1 pidfile=$2 condition=$3 port=$4 server=$5 n=$6
		while ((n-- > 0)); do
			"$daemonize" -p "$pidfile" -w "$condition" -t 15 "$server" "$port" "0.00$((n % 10))"
			exec 8<>"/dev/tcp/127.0.0.1/$port"
			printf 'GET / HTTP/1.0\r\n\r\n' >&8
			grep -q 'the page' <&8
			exec 8<&-
			"$daemonize" --stop -p "$pidfile"
			echo done
		done
	END
}

@test "a script with set -e uses the server in the next line, every time" {
	local condition n
	n=$(rounds 10)
	deploy
	for condition in ${listen:-} notify; do
		RUN_SECONDS=200 run_c "$T/deploy" "$DAEMONIZE" "$F" "$condition" "$port" "$T/server" "$n"
		assert_status 0 || return 1
		assert_err '' || return 1
		assert_line_count "$n" out || return 1
	done
	nothing_left deploy
}

@test "so does a job of cron, with no environment to speak of" {
	local condition n
	n=$(rounds 10)
	deploy
	for condition in ${listen:+"listen:127.0.0.1:$port"} notify; do
		RUN_SECONDS=200 run_c env -i HOME=/ SHELL=/bin/sh PATH=/usr/bin:/bin sh -c "
			'$T/deploy' '$DAEMONIZE' '$F' '$condition' '$port' '$T/server' '$n'"
		assert_status 0 || return 1
		assert_err '' || return 1
		assert_line_count "$n" out || return 1
	done
	nothing_left cron
}

@test "python3 -m http.server answers as soon as it listens" {
	mkdir "$T/www"
	echo "the page" >"$T/www/index.html"
	start -p "$F" -c "$T/www" -L "$T/log" -w "listen:$port" -t 18 \
		python3 -m http.server --bind 127.0.0.1 "$port"
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n\r\n' >&8
	assert_match "$(cat <&8)" 'the page'
	exec 8<&-
	start --stop -p "$F"
	nothing_left http
}

nginx_setup() {
	local name
	needprogram nginx
	nginx=$(own "$(type -P nginx)")
	mkdir "$T/own" "$T/www"
	echo "the page" >"$T/www/index.html"
	{
		echo "pid $T/own/pid; events {} http { access_log off;"
		for name in client_body proxy fastcgi uwsgi scgi; do
			echo "${name}_temp_path $T/own/$name;"
		done
		echo "server { listen 127.0.0.1:$port; root $T/www; } }"
	} >"$T/nginx.conf"
}

@test "nginx is there when it is said to be, however it is started" {
	nginx_setup
	start -p "$F" -w "listen:$port" -t 15 "$nginx" -e stderr -c "$T/nginx.conf" -g 'daemon off;'
	page
	start --stop -p "$F"
	nothing_left nginx
	# In the background, where it wants to be: the master is the daemon.
	start -p "$F" -w "listen:$port" -t 15 "$nginx" -e "$T/own/log" -c "$T/nginx.conf"
	page
	assert_content "$F" "$(cat "$T/own/pid")"
	run_d --status -p "$F"
	assert_status 0
	start --stop -p "$F"
	nothing_left nginx
}

@test "a broken configuration is on the terminal at once, with the reason" {
	local before=$EPOCHREALTIME condition
	nginx_setup
	echo 'nonsense on;' >>"$T/nginx.conf"
	for condition in ${listen:-} alive:30 "file:$T/never" 'check:false'; do
		run_c "$HELPERS/pty" "$DAEMONIZE" -p "$F" -L "$T/log" -w "$condition" -t 60 \
			"$nginx" -e stderr -c "$T/nginx.conf" -g 'daemon off;'
		assert_status 69 || return 1
		assert_match "$out" "^daemonize: cannot get ready: [^
]*: it ended before it was ready \(exit status 1\)" || return 1
		assert_match "$out" 'unknown directive "nonsense" in .*nginx.conf:' || return 1
		nothing_left "$condition" || return 1
	done
	((${EPOCHREALTIME%.*} - ${before%.*} < 15))
	# The same on an address that is taken.
	"$T/server" "$port" 0 3>&- &
	track $!
	wait_for page
	sed -i '$d' "$T/nginx.conf"
	run_d -p "$F" -L "$T/log2" -w "listen:$port" -t 18 "$nginx" -e stderr -c "$T/nginx.conf" -g 'daemon off;'
	assert_status 69
	assert_match "$err" 'Address already in use'
	assert_match "$(sed -n 1p <<<"$err")" '^daemonize: cannot get ready: '
}

@test "a script that takes its time, with each condition" {
	local condition
	executable "$T/slow" <<-END
		#!/bin/sh
		echo starting
		sleep 0.3
		echo now >$T/happened
		systemd-notify --ready 2>/dev/null
		unset NOTIFY_SOCKET
		{ echo >&5; } 2>/dev/null
		echo 'ready to serve'
		exec $T/server $port 0
	END
	for condition in alive:0.6 notify fd:5 ${listen:-} "file:$T/happened" \
		'log:^ready to' "check:test -s $T/happened"; do
		rm -f "$T/happened"
		start -p "$F" -L "$T/log" -w "$condition" -t 18 "$T/slow"
		assert_silent
		assert_exists "$T/happened" || fail "$condition" || return 1
		run_d --status -p "$F"
		assert_status 0 || return 1
		start --stop -p "$F"
		nothing_left "$condition" || return 1
	done
}

@test "a script whose server crashes again and again, with each condition" {
	local condition
	executable "$T/crash" <<-END
		#!/bin/sh
		while :; do
			sh -c 'echo "cannot load: try \$0"; kill -SEGV \$\$' \$((n = n + 1))
			sleep 0.05
		done
	END
	for condition in notify fd:5 ${listen:-} "file:$T/never" 'log:^ready' check:false; do
		rm -f "$T/log"
		run_d -p "$F" -L "$T/log" -w "$condition" -t 0.5 "$T/crash"
		assert_status 124 || fail "$condition" || return 1
		assert_match "$err" "cannot get ready: $T/crash: not ready in time, so it was stopped" ||
			return 1
		assert_match "$err" 'cannot load: try [0-9]+' || return 1
		nothing_left "$condition" || return 1
	done
	# One that gives up says so at once.
	for condition in alive:30 notify fd:5 ${listen:-} "file:$T/never" 'log:^ready' check:false; do
		rm -f "$T/log"
		run_d -p "$F" -L "$T/log" -w "$condition" -t 60 sh -c 'for i in 1 2 3; do
			echo "try $i failed"; sleep 0.02; done; echo "giving up"; exit 5'
		assert_status 69 || fail "$condition" || return 1
		assert_equal "$err" "daemonize: cannot get ready: sh: it ended before it was ready (exit status 5)
daemonize: the end of $T/log:
    try 1 failed
    try 2 failed
    try 3 failed
    giving up" "$condition" || return 1
		nothing_left "$condition" || return 1
	done
}
