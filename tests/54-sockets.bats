#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --listen: what is asked for is bound with the caller's rights and comes to
# the daemon from descriptor 3 on, as sd_listen_fds(3) has it; real programs
# serve on it; nobody can lead root astray by what lies at a path; and a start
# that fails leaves no name behind.
#
# shellcheck disable=SC2016,SC2154 # scripts for sh; $status and the like

load lib/common

setup() {
	setup_dir
	probe_setup
	D=$(own "$DAEMONIZE")
	FAULT=$(own "$HELPERS/fault")
	will_be_traced
	port=$(free_port)
}

# low_port: a port below 1024 of 127.0.0.1 where nobody listens now.
low_port() {
	local n
	while :; do
		n=$((600 + RANDOM % 400))
		(exec 9<>"/dev/tcp/127.0.0.1/$n") 2>/dev/null || break
	done
	echo "$n"
}

needipv6() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null ||
		skip "kernel: no IPv6 address ::1"
}

# listens OPTION...: starts the probe; $REPORT is its report.
listens() {
	rm -f "$REPORT"
	start "$@" "$PROBE" "$REPORT" stay
	wait_report "$REPORT"
}

# ends: the probe that listens does.
ends() {
	kill -KILL "$pid"
	wait_gone "$pid"
}

# sockets_are LINE...: these from 3 on, blocking, not close-on-exec, and no
# other descriptor but 0 to 2, which are /dev/null, or else what $streams has of
# them; and LISTEN_FDS and LISTEN_PID say so.
sockets_are() {
	local line n=3 want=${streams:-$'0 null\n1 null\n2 null'}
	assert_equal "$(report_lines socket. | sed 's/^socket\.//')" \
		"$(for line; do echo "$((n++))=$line"; done)" sockets ||
		return 1
	for ((n = 0; n < $#; n++)); do
		want+=$'\n'"$((n + 3)) socket"
	done
	assert_equal "$(report_lines fd. |
		sed 's/ append=0 nonblock=0 cloexec=0$//
		s/^fd.\([0-9]*\)=\/dev\/null access=rw$/\1 null/
		s/^fd.\([0-9]*\)=socket:\[[0-9]*\] access=rw$/\1 socket/')" \
		"$want" descriptors || return 1
	assert_env LISTEN_FDS $# || return 1
	assert_env LISTEN_PID "$(report_value pid)"
}

tcp='stream listening=1 reuse=1'
udp='dgram listening=0 reuse=0'
unix='stream listening=1 reuse=0'

# ask SPEC: what the server of serve_names answers there.
ask() {
	/usr/bin/python3 -I - "$1" <<-'END'
		import socket, sys
		spec = sys.argv[1]
		kind = socket.SOCK_STREAM
		if spec.startswith("udp:"):
		    kind, spec = socket.SOCK_DGRAM, spec[4:]
		if spec[0] in "/@":
		    s = socket.socket(socket.AF_UNIX, kind)
		    address = spec if spec[0] == "/" else "\0" + spec[1:]
		else:
		    host, port = spec.rsplit(":", 1)
		    s = socket.socket(socket.AF_INET6 if host[0] == "[" else
		        socket.AF_INET, kind)
		    address = (host.strip("[]"), int(port))
		s.settimeout(5)
		s.connect(address)
		s.send(b"hello")
		sys.stdout.write(s.recv(1000).decode())
	END
}

# A server as a stranger writes one: it knows nothing but LISTEN_*.
serve_names() {
	cat >"$T/serve.py" <<-'END'
		import os, select, socket
		if os.environ["LISTEN_PID"] != str(os.getpid()):
		    raise SystemExit("not for us")
		n = int(os.environ["LISTEN_FDS"])
		names = os.environ["LISTEN_FDNAMES"].split(":")
		assert len(names) == n
		sockets = [socket.socket(fileno=3 + i) for i in range(n)]
		while True:
		    for s in select.select(sockets, [], [])[0]:
		        text = names[sockets.index(s)] + " as " + str(os.getuid())
		        if s.type == socket.SOCK_DGRAM:
		            _, who = s.recvfrom(100)
		            s.sendto(text.encode(), who)
		        else:
		            client, _ = s.accept()
		            client.recv(100)
		            client.send(text.encode())
		            client.close()
	END
}

# bound PATH: a socket there that nobody has any more; live PATH [TYPE]: one
# that somebody listens on, who writes down what comes, and is started by $apart.
bound() {
	/usr/bin/python3 -I -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
}

live() {
	run_bg "${apart[@]}" /usr/bin/python3 -I -c 'import select, signal, socket, sys
s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
s.bind(sys.argv[1])
if sys.argv[2] != "SOCK_DGRAM" and len(sys.argv) < 4:
    s.listen()
print("bound", flush=True)
if len(sys.argv) == 4:
    signal.pause()
select.select([s], [], [])
print("somebody came", flush=True)' "$@"
	wait_for has_line "$CAP/bg.out" bound
}

# The grammar

@test "what is no --listen is refused, and said why" {
	local long port='it is a PORT of 1 to 65535.*' spec why
	long=$(printf '%0108d' 0 | tr 0 x)
	while IFS='|' read -r spec why; do
		[[ -n $spec ]] || continue
		run_d --listen="$spec" "$PROBE" "$REPORT"
		assert_refused 64 "cannot understand the command line: --listen: $why" ||
			fail "$spec"
	done <<-END
		0|$port: 0
		65536|$port: 65536
		4294967376|$port
		080|$port
		+80|$port
		-1|$port
		80 |$port
		0x50|$port
		http|$port
		*|$port
		*:|$port
		:80|$port
		localhost:80|$port
		127.1:80|$port
		127.0.0.01:80|$port
		127.0.0.1|$port
		127.0.0.1:|$port
		127.0.0.1:80:80|$port
		127.0.0.256:80|$port
		::1:80|$port
		[::1]|$port
		[::1]80|$port
		[::1:80|$port
		[]:80|$port
		[127.0.0.1]:80|$port
		[::1%lo]:80|$port
		[::ffff:127.0.0.1]:80|an IPv4 address is written as one
		[fe80::1]:80|a link-local address needs an interface
		udp:|$port
		udp:/run/x|$port
		udp:udp:80|$port
		tcp:80|$port
		run/x|$port
		/|it names nothing
		/run/|it names nothing
		@|it names nothing
		/$long|its path or name is longer than 107 bytes
		@$long|its path or name is longer than 107 bytes
		=80|its name has 1 to 255 characters
		$long$long$long=80|its name has 1 to 255 characters
		a:b=80|its name is printable ASCII without a colon
		é=80|its name is printable ASCII without a colon
		a=b=80|$port
		a=|$port
		/x,|after a comma, it has mode= or owner=
		/x,y|after a comma, it has mode= or owner=
		/x,mode=|its mode is octal, up to 0777
		/x,mode=888|its mode is octal, up to 0777
		/x,mode=1777|its mode is octal, up to 0777
		/x,mode=u=rw|its mode is octal, up to 0777
		/x,mode=600,mode=600|it has one mode and one owner
		/x,owner=|its owner is USER
		/x,owner=:|its owner is USER
		/x,owner=0:|its owner is USER
		/x,owner=0,owner=0|it has one mode and one owner
		80,mode=600|only a path has a mode and an owner
		@x,owner=0|only a path has a mode and an owner
	END
	run_d --listen= "$PROBE"
	assert_refused 64 'cannot understand the command line: --listen: its value is empty'
	for spec in $'/x\ny' $'@x\ty' $'/x\x7f'; do
		run_d --listen="$spec" "$PROBE"
		assert_refused 64 '.*its path or name has a control character'
	done
	run_d --listen=$'a\nb=80' "$PROBE"
	assert_refused 64 '.*its name is printable ASCII'
	run_d --listen=/x,owner=nosuchuser "$PROBE"
	assert_refused 67 'cannot find user: nosuchuser: no such user'
	run_d --listen=/x,owner=:nosuchgroup "$PROBE"
	assert_refused 67 'cannot find group: nosuchgroup: no such group'
	refute_exists "$REPORT"
}

@test "what has a place already is not asked for twice" {
	local row
	while IFS='|' read -r row why; do
		# shellcheck disable=SC2086 # words
		run_c sh -c 'exec "$@" 3</dev/null 4>/dev/null 5</dev/null' sh \
			"$DAEMONIZE" $row "$PROBE" "$REPORT"
		assert_refused 64 "cannot understand the command line: $why" ||
			fail "$row"
	done <<-'END'
		--listen=80 --listen=80|--listen: it is given twice: 80
		--listen=80 --listen=a=*:80|--listen: it is given twice
		--listen=80 --listen=[::]:80|--listen: it is given twice
		--listen=@x --listen=a=@x|--listen: it is given twice
		--listen=/x --listen=/x,mode=600|--listen: it is given twice
		--listen=udp:80 --listen=udp:80|--listen: it is given twice
		--listen=80 --keep-fd=3|--keep-fd: --listen puts a socket there: 3
		--listen=80 --listen=81 --keep-fd=5 --keep-fd=4|--keep-fd: --listen puts a socket there: 4
		--listen=80 -i /dev/fd/3|/dev/fd/3: --listen puts a socket there
		--listen=80 --listen=81 -o /proc/self/fd/4|/proc/self/fd/4: --listen puts a socket there
		--listen=80 --listen=81 -e /dev/fd/4|/dev/fd/4: --listen puts a socket there
		--listen=80 -E LISTEN_FDS=1|--env: it contradicts --listen: LISTEN_FDS
		--listen=80 -E LISTEN_PID|--env: it contradicts --listen: LISTEN_PID
		--listen=80 -E LISTEN_PIDFDID=|--env: it contradicts --listen: LISTEN_PIDFDID
		--listen=80 --keep-env --env=LISTEN_FDNAMES=x|--env: it contradicts --listen: LISTEN_FDNAMES
		--listen=80 -w fd:3|--ready: it contradicts --listen
		--listen=/run/x.pid.id -p /run/x.pid|/run/x.pid.id: the pidfile needs this name itself
	END
	echo LISTEN_FDS=1 >"$T/env"
	run_d --listen=80 --env-file="$T/env" "$PROBE"
	assert_refused 64 'cannot understand the command line: --env-file: it contradicts --listen: LISTEN_FDS'
	run_c bash -c 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3</dev/null' bash \
		"$DAEMONIZE" -f --listen=80 "$PROBE"
	assert_refused 64 'cannot understand the command line: --listen: the caller passes sockets itself'
	# the same descriptors otherwise, and the same port of another kind
	run_c sh -c 'exec "$@" 5</dev/null' sh "$DAEMONIZE" --keep-fd=5 \
		--listen=127.0.0.1:"$port" --listen=udp:127.0.0.1:"$port" \
		"$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_equal "$(report_lines fd. | sed 's/^fd.\([0-9]*\)=.*/\1/' |
		xargs)" "0 1 2 3 4 5" descriptors
}

@test "64 sockets are possible, and 65 refused" {
	local n options=() want=()
	for ((n = 0; n < 64; n++)); do
		options+=(--listen="@$T/$n")
		want+=("$unix @$T/$n")
	done
	run_d "${options[@]}" --listen=@x "$PROBE" "$REPORT"
	assert_refused 64 'cannot understand the command line: --listen: there are more than 64'
	refute_exists "$REPORT"
	listens "${options[@]}"
	sockets_are "${want[@]}"
}

# What the daemon has

@test "each kind of socket is what was asked for, and there is no other descriptor" {
	local low=$port
	((EUID != 0)) || low=$(low_port)
	listens --listen=web=127.0.0.1:"$low" --listen=udp:127.0.0.1:"$port" \
		--listen="a b=$T/a=b" --listen=abs=@"$T/x=y"
	sockets_are "$tcp 127.0.0.1:$low" "$udp 127.0.0.1:$port" \
		"$unix $T/a=b" "$unix @$T/x=y"
	assert_env LISTEN_FDNAMES "web:unknown:a b:abs"
	refute_env LISTEN_PIDFDID
	ends
	# nobody has named one, and the caller's junk goes
	LISTEN_FDNAMES=x LISTEN_PIDFDID=1 LISTEN_FDS=9 \
		listens --keep-env --listen=127.0.0.1:"$port"
	sockets_are "$tcp 127.0.0.1:$port"
	refute_env LISTEN_FDNAMES
	refute_env LISTEN_PIDFDID
}

@test "a port alone is IPv4 and IPv6, an address is only itself" {
	needipv6
	listens --listen="$port" --listen=udp:"$port"
	sockets_are "$tcp [::]:$port only=0" "$udp [::]:$port only=0"
	(exec 9<>"/dev/tcp/127.0.0.1/$port")
	(exec 9<>"/dev/tcp/::1/$port")
	ends
	listens --listen="[::]:$port" --listen=0.0.0.0:"$port" \
		--listen="udp:[::1]:$port"
	sockets_are "$tcp [::]:$port only=1" "$tcp 0.0.0.0:$port" \
		"$udp [::1]:$port only=1"
}

@test "without IPv6 in the kernel a port alone is IPv4, and IPv6 is refused in words" {
	run_c "$FAULT" -w 0:socket:1=EAFNOSUPPORT "$D" --listen="*:$port" \
		"$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	sockets_are "$tcp 0.0.0.0:$port"
	run_c "$FAULT" -w '0:socket:*=EAFNOSUPPORT' "$D" --listen="[::1]:$port" \
		"$PROBE" "$REPORT"
	assert_refused 71 "cannot listen on: \[::1\]:$port: .* \(the kernel has no such network\)"
}

@test "whatever the caller has open, sockets come from 3 on" {
	run_c "$HELPERS/dirty" fds:500 -- "$D" -p "$T/pid" \
		-L "$T/log" -v --listen=127.0.0.1:"$port" --listen="$T/s" \
		--listen=@"$T/x" "$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	assert_equal "$(report_lines socket. | sed 's/^socket\.//')" \
		"3=$tcp 127.0.0.1:$port"$'\n'"4=$unix $T/s"$'\n'"5=$unix @$T/x" sockets
	assert_equal "$(report_lines fd. | sed 's/^fd.\([0-9]*\)=.*/\1/' |
		xargs)" "0 1 2 3 4 5" descriptors
	ends
	rm "$REPORT"
	run_c "$HELPERS/dirty" closed:0,1,2 -- "$D" --listen=127.0.0.1:"$port" \
		"$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	sockets_are "$tcp 127.0.0.1:$port"
}

@test "too few descriptors for the sockets is said before anything is done" {
	run_c bash -c 'ulimit -n 6; exec "$@"' bash "$D" -p "$T/pid" \
		--listen=@a --listen=@b --listen=@c --listen=@d \
		"$PROBE" "$REPORT"
	assert_refused 71 'cannot reserve descriptor: 6: (Too many open files|No file descriptors available)'
	refute_exists "$T/pid"
}

@test "--foreground passes sockets to the same process, above the caller's messages" {
	needroot
	snapshot "$T"
	run_c sh -c 'echo $$ >"$0"; exec "$@"' "$CAP/pid" "$D" -f -u nobody -v \
		-e "$REPORT.err" -i /dev/null -o /dev/null \
		--listen=x=127.0.0.1:"$port" --listen="$T/s,mode=0622" \
		"$PROBE" "$REPORT"
	assert_status 0
	streams="fd.0=/dev/null access=r
fd.1=/dev/null access=w append=1 nonblock=0 cloexec=0
fd.2=$REPORT.err access=w append=1 nonblock=0 cloexec=0" \
		sockets_are "$tcp 127.0.0.1:$port" "$unix $T/s"
	assert_report pid "$(cat "$CAP/pid")"
	assert_env LISTEN_PID "$(cat "$CAP/pid")"
	assert_env LISTEN_FDNAMES x:unknown
	assert_match "$err" 'daemonize: listen on: 3 is x=127'
	assert_match "$err" 'daemonize: reserve descriptor: 3 4'
	assert_stat '%a %U' "$T/s" '622 nobody'
}

@test "--explain says which descriptor is what and who owns it, and opens nothing" {
	local text
	run_d -x --listen=web="$port" --listen="$T/s,mode=0660,owner=:0" "$PROBE"
	assert_status 0
	assert_match "$out" $'\n  front   reserve descriptor: 3 4\n'
	assert_match "$out" \
		"listen on: 3 is web=$port, 4 is $T/s,.* \(mode 0660, owner $EUID:0\)"
	assert_match "$out" 'hand out descriptors: 0 1 2 3 4'
	assert_match "$out" ' LISTEN_FDS LISTEN_PID LISTEN_FDNAMES'
	refute_exists "$T/s"
	run_d -x --json --listen=web="$port" "$PROBE"
	text=$(/usr/bin/python3 -I -c 'import json, sys
for s in json.load(sys.stdin)["steps"]:
    if s["step"] in ("slots", "sockets"):
        print(s["process"], s["does"], s["with"])' <"$CAP/out")
	assert_equal "$text" "front reserve descriptor 3
front listen on 3 is web=$port" steps
}

@test "a start that waits counts the sockets that it has passed" {
	listens -w listen:127.0.0.1:"$port" -w listen:"$T/s" -w listen:@"$T/x" \
		-t 10 --listen=127.0.0.1:"$port" --listen="$T/s" --listen=@"$T/x"
	sockets_are "$tcp 127.0.0.1:$port" "$unix $T/s" "$unix @$T/x"
	ends
	start -w fd:4 -t 10 --listen=127.0.0.1:"$port" sh -c 'echo >&4
		exec 4>&-; exec "$@"' sh "$PROBE" "$REPORT.2" stay
	wait_report "$REPORT.2"
	sockets_are "$tcp 127.0.0.1:$port"
}

# Real programs

@test "systemd's proxy serves on a privileged port as nobody" {
	needroot
	local proxyd=/lib/systemd/systemd-socket-proxyd low
	[[ -x $proxyd ]] || cannot_run "needs systemd-socket-proxyd"
	low=$(low_port)
	mkdir "$T/www"
	echo "the page" >"$T/www/index.html"
	start -u nobody -c "$T/www" /usr/bin/python3 -I -m http.server \
		--bind 127.0.0.1 "$port"
	wait_for page
	start -u nobody -p "$T/pid" --listen=127.0.0.1:"$low" "$proxyd" 127.0.0.1:"$port"
	assert_equal "$(stat -c %U "/proc/$(cat "$T/pid")")" nobody user
	port=$low
	wait_for page
	# the caller's rights, the daemon's user: a restart gets it again
	run_d --restart -u nobody -p "$T/pid" --listen=127.0.0.1:"$low" \
		"$proxyd" 127.0.0.1:1
	assert_status 0
	run_d --stop -p "$T/pid"
	assert_status 0
	refute page 2>/dev/null
}

@test "a python program serves all kinds of sockets by LISTEN_FDS as nobody" {
	needroot
	local low
	serve_names
	low=$(low_port)
	start -u nobody -p "$T/pid" --listen=web=127.0.0.1:"$low" \
		--listen=dns=udp:127.0.0.1:"$low" --listen=path="$T/s" \
		--listen=abs=@"$T/s" /usr/bin/python3 -I "$T/serve.py"
	assert_equal "$(ask "127.0.0.1:$low")" "web as 65534"
	assert_equal "$(ask "udp:127.0.0.1:$low")" "dns as 65534"
	assert_equal "$(ask "$T/s")" "path as 65534"
	assert_equal "$(ask "@$T/s")" "abs as 65534"
	# 0600 and the daemon's: nobody else comes in
	assert_stat '%a %U:%G' "$T/s" '600 nobody:nogroup'
	run_c setpriv --reuid=daemon --clear-groups bash -c \
		"$(declare -f ask); ask '$T/s'"
	assert_status 1
	assert_match "$err" 'PermissionError'
}

@test "a python program serves IPv6 on a privileged port as nobody" {
	needroot
	needipv6
	local low
	serve_names
	low=$(low_port)
	start -u nobody --listen="six=[::1]:$low" --listen=both="$port" \
		/usr/bin/python3 -I "$T/serve.py"
	assert_equal "$(ask "[::1]:$low")" "six as 65534"
	assert_equal "$(ask "[::1]:$port")" "both as 65534"
	assert_equal "$(ask "127.0.0.1:$port")" "both as 65534"
}

# Paths

@test "a path gets mode and owner as asked, whatever the umask and the directory" {
	needroot
	local spec want
	mkdir -m 2755 "$T/d"
	chgrp daemon "$T/d"
	while read -r spec want; do
		run_c sh -c 'umask 0777; exec "$@"' sh "$D" -u nobody \
			--listen="$T/d/s$spec" "$PROBE" "$REPORT"
		assert_status 0
		assert_stat '%a %U:%G' "$T/d/s" "$want"
		rm "$T/d/s"
	done <<-'END'
		,mode=0600 600 nobody:nogroup
		,mode=0777 777 nobody:nogroup
		,mode=000 0 nobody:nogroup
		,mode=660,owner=:daemon 660 nobody:daemon
		,owner=bin 600 bin:nogroup
		,owner=0:0,mode=0646 646 root:root
		,owner=4711:4712 600 UNKNOWN:UNKNOWN
	END
}

@test "a path gets its mode where a default access control list allows less" {
	needroot
	needprogram setfacl
	local spec want
	mkdir "$T/d"
	setfacl -d -m u::rwx,g::r-x,o::- "$T/d"
	while read -r spec want; do
		start -u nobody --listen="$T/d/s$spec" "$PROBE" "$REPORT"
		assert_stat '%a %U:%G' "$T/d/s" "$want"
		rm "$T/d/s"
	done <<-'END'
		,mode=0660 660 nobody:nogroup
		,mode=0777,owner=:daemon 777 nobody:daemon
		,mode=0440 440 nobody:nogroup
		,mode=0000 0 nobody:nogroup
	END
}

@test "with --chroot a path is the caller's, outside" {
	needroot
	local file
	mkdir "$T/root" "$T/run"
	cp "$PROBE" "$T/root/probe"
	for file in $(ldd "$PROBE" | grep -o '/[^ ]*'); do
		mkdir -p "$T/root${file%/*}"
		cp -L "$file" "$T/root$file"
	done
	mkdir -m 1777 "$T/root/out"
	start -r "$T/root" -u nobody --listen="$T/run/s" \
		/probe /out/report stay
	wait_report "$T/root/out/report"
	assert_equal "$(report_lines socket.)" "socket.3=$unix $T/run/s" socket
	assert_exists "$T/run/s"
}

@test "a socket that nobody has any more is replaced, whoever's it was" {
	bound "$T/s"
	((EUID != 0)) || chown nobody "$T/s"
	listens --listen="$T/s"
	sockets_are "$unix $T/s"
	ends
	# and so is the one that this daemon has left
	listens --listen="$T/s"
	sockets_are "$unix $T/s"
	assert_stat %u "$T/s" "$EUID"
}

@test "a socket that somebody has is left to him, and he notices nothing" {
	local type
	for type in SOCK_STREAM SOCK_SEQPACKET SOCK_DGRAM 'SOCK_STREAM silent'; do
		# shellcheck disable=SC2086 # words
		live "$T/s" $type
		snapshot "$T"
		run_d --listen="$T/s" "$PROBE" "$REPORT"
		assert_refused 71 "cannot listen on: $T/s: Address (already )?in use \(another socket has it\)" ||
			fail "$type"
		assert_nothing_left "$T"
		alive "$bg"
		refute has_line "$CAP/bg.out" came
		kill "$bg"
		rm "$T/s"
	done
}

@test "root without the rights to another's socket sees who has it, too" {
	needroot
	needprogram setpriv
	local apart by=(setpriv "--bounding-set=-dac_override,-dac_read_search")
	for apart in '' 'unshare -n'; do
		read -ra apart <<<"$apart"
		live "$T/s" SOCK_STREAM
		chown nobody "$T/s"
		snapshot "$T"
		run_c "${by[@]}" "$D" -u nobody --listen="$T/s" true
		assert_refused 71 '.*: Address (already )?in use'
		assert_nothing_left "$T"
		kill "$bg"
		wait_gone "$bg"
		# By nobody any more, but he may not write there himself.
		chmod 500 "$T/s"
		run_c "${by[@]}" "$D" -u nobody --listen="$T/s" true
		assert_refused 77 "cannot listen on: $T/s: Permission denied"
		chmod 700 "$T/s"
		run_c "${by[@]}" "$D" -u nobody --listen="$T/s,mode=0642" true
		assert_status 0
		assert_stat '%a %U' "$T/s" '642 nobody'
		rm "$T/s"
	done
}

@test "what is no socket stays as it is: file, directory, link, FIFO" {
	mkdir "$T/d"
	echo text >"$T/d/file"
	mkdir "$T/d/dir"
	mkfifo "$T/d/fifo"
	bound "$T/d/socket"
	ln -s socket "$T/d/link"
	ln -s nothing "$T/d/dangling"
	ln -s /dev/null "$T/d/null"
	snapshot "$T/d"
	local name why
	while read -r name why; do
		run_d --listen="$T/d/$name" "$PROBE" "$REPORT"
		assert_refused 77 "cannot listen on: $T/d/$name: unsafe: $why"
	done <<-'END'
		file it is there and not a socket
		dir it is there and not a socket
		fifo it is there and not a socket
		link it is a symbolic link
		dangling it is a symbolic link
		null it is a symbolic link
	END
	run_d --listen="$T/d/none/s" "$PROBE" "$REPORT"
	assert_refused 71 "cannot listen on: $T/d/none/s: No such file or directory"
	refute_exists "$REPORT"
	assert_nothing_left "$T/d"
}

@test "root binds nothing where somebody else could change the way" {
	needroot
	local dir
	mkdir -p "$T/nobodys/in" "$T/open" "$T/group" "$T/sticky" "$T/ones"
	chown nobody "$T/nobodys"
	chown 1 "$T/ones"
	chmod 777 "$T/open"
	chgrp daemon "$T/group"
	chmod 775 "$T/group"
	ln -s "$T/sticky" "$T/nobodys/link"
	chown -h nobody "$T/nobodys/link"
	for dir in nobodys nobodys/in open group ones; do
		run_d -u nobody --listen="$T/$dir/s" "$PROBE" "$REPORT"
		assert_refused 77 "cannot listen on: $T/$dir/s: unsafe: other users can change a directory on the way \(${dir%/*}, "
		refute_exists "$T/$dir/s"
	done
	run_d -u nobody --listen="$T/nobodys/link/s" "$PROBE" "$REPORT"
	assert_refused 77 'cannot listen on: .*: unsafe: another user.s symbolic link is on the way'
	refute_exists "$REPORT"
	# A sticky one protects what is ours, and another's stays.
	chmod 1777 "$T/sticky"
	bound "$T/sticky/foreign"
	chown daemon "$T/sticky/foreign"
	run_d -u nobody --listen="$T/sticky/foreign" "$PROBE" "$REPORT"
	assert_refused 77 'cannot listen on: .*: unsafe: it belongs to another user'
	assert_stat %U "$T/sticky/foreign" daemon
	listens -u nobody --listen="$T/sticky/s"
	ends
	listens -u nobody --listen="$T/sticky/s"
	assert_stat %U "$T/sticky/s" nobody
}

@test "an ordinary user gets an ordinary port and a path of his own, and no more" {
	needroot
	local low
	low=$(low_port)
	mkdir "$T/his"
	chown nobody "$T/his"
	by=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	run_c "${by[@]}" "$D" --listen=127.0.0.1:"$port" --listen="$T/his/s" \
		"$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	sockets_are "$tcp 127.0.0.1:$port" "$unix $T/his/s"
	if (($(cat /proc/sys/net/ipv4/ip_unprivileged_port_start) > low)); then
		run_c "${by[@]}" "$D" --listen=127.0.0.1:"$low" "$PROBE"
		assert_refused 77 "cannot listen on: 127.0.0.1:$low: Permission denied \(such a port needs privileges\)"
	fi
	run_c "${by[@]}" "$D" --listen="$T/his/t,owner=0" "$PROBE"
	assert_refused 77 "cannot listen on: $T/his/t,owner=0: Operation not permitted"
	refute_exists "$T/his/t"
}

# Failure

@test "a port that another has is said so, for each kind" {
	local spec
	listens --listen=127.0.0.1:"$port" --listen=udp:127.0.0.1:"$port" \
		--listen=@"$T/x"
	for spec in 127.0.0.1:"$port" udp:127.0.0.1:"$port" "@$T/x" \
		0.0.0.0:"$port"; do
		run_d --listen=@"$T/y" --listen="$spec" "$PROBE"
		assert_refused 71 "cannot listen on: $spec: Address (already )?in use \(another socket has it\)"
	done
	run_d --listen=192.0.2.1:"$port" "$PROBE"
	assert_refused 71 "cannot listen on: 192.0.2.1:$port: .* \(this machine has no such address\)"
	assert_equal "$(our_processes)" "$pid" processes
}

@test "a second start says that the daemon runs, not that its port is taken" {
	listens -p "$T/pid" --listen=127.0.0.1:"$port" --listen="$T/s"
	snapshot "$T"
	run_d -p "$T/pid" --listen=127.0.0.1:"$port" --listen="$T/s" "$PROBE"
	assert_refused 75 "cannot start: $T/pid: already running \(process $pid\)"
	run_d -p "$T/pid" --ok-if-running --listen=127.0.0.1:"$port" "$PROBE"
	assert_status 0
	assert_silent
	assert_nothing_left "$T"
}

@test "a start that fails later takes its names away again, and frees the ports" {
	local options
	mkdir "$T/d"
	snapshot "$T/d"
	while read -r options; do
		# shellcheck disable=SC2086 # words
		run_d --listen=127.0.0.1:"$port" --listen="$T/d/s" \
			--listen="$T/d/t" $options "$PROBE" "$REPORT"
		assert_message 'cannot (change directory to|open output|listen on)'
		assert_nothing_left "$T/d"
		assert_no_process
	done <<-END
		-c $T/none
		-o $T/none/log
		-f -c $T/none
		--listen=$T/none/s
		--listen=0.0.0.0:$port
	END
	if ((EUID == 0)); then
		run_d -f -u nobody --listen="$T/d/s" --listen=127.0.0.1:"$port" \
			-c "$T/none" "$PROBE"
		assert_refused 66 'cannot change directory to'
		assert_nothing_left "$T/d"
	fi
	listens --listen=127.0.0.1:"$port"
}

@test "a failed start removes only what it has bound, not what took its place" {
	needprogram strace
	local stopped
	run_bg strace -f -o "$CAP/trace" -e trace=listen \
		-e inject=listen:signal=SIGSTOP:when=1 "$D" \
		--listen="$T/s" -c "$T/none" "$PROBE"
	wait_for has_line "$CAP/trace" 'stopped by SIGSTOP'
	stopped=$(cut -d ' ' -f 1 "$CAP/trace" | head -n 1)
	mv "$T/s" "$T/moved"
	bound "$T/s"
	snapshot "$T"
	kill -CONT "$stopped"
	wait_gone "$bg"
	assert_equal "$(cat "$CAP/bg.err")" \
		"daemonize: cannot change directory to: $T/none: No such file or directory"
	assert_nothing_left "$T"
}

# Every call of the steps fails, or pretends to have worked.

# faulty WISH OPTION...: $status, and nothing but the truth.
faulty() {
	local wish=$1
	shift
	rm -f "$REPORT"
	run_c "$FAULT" -w "$wish" "$D" "$@" "$PROBE" "$REPORT" stay
	if [[ $status == 0 ]]; then
		wait_report "$REPORT" || return 1
		"$check" || fail "$wish" || return 1
		ends
		rm -f "$T/d/s"
	else
		((status == 71 || status == 77)) || fail "$wish: $status" ||
			return 1
		assert_message 'cannot (listen on|reserve descriptor): ' ||
			fail "$wish" || return 1
		refute_exists "$REPORT"
		assert_no_process || return 1
		refused=$((refused + 1))
	fi
}

# calls_of OPTION...: those of the two steps, as `CALL N`.
calls_of() {
	run_c "$FAULT" -o "$T/calls" "$D" "$@" /bin/true
	assert_status 0 || return 1
	awk '$1 != 0 { next }
		$2 == "dup3" { on = 1 }
		on && $2 ~ /^(socket|[gs]etsock(opt|name)|bind|listen|connect|dup3|umask|newfstatat|statx|fstatat|fchownat|unlinkat)$/ {
			line[++n] = $2 " " $3
			if ($2 == "getsockopt")
				last = n
		}
		$2 == "clone" { exit }
		END { for (i = 1; i <= last; i++) print line[i] }' "$T/calls"
}

@test "whatever call for a port fails or lies, nothing else is listened on" {
	local call n error list refused=0
	check_port() { sockets_are "$tcp 127.0.0.1:$port"; }
	check=check_port
	list=$(calls_of --listen=127.0.0.1:"$port")
	assert_equal "$(cut -d ' ' -f 1 <<<"$list" | xargs)" \
		"dup3 socket setsockopt bind listen dup3 getsockname getsockopt getsockopt getsockopt" calls
	while read -r call n; do
		for error in EPERM EADDRINUSE 0; do
			faulty "0:$call:$n=$error" --listen=127.0.0.1:"$port"
		done
	done <<<"$list"
	((refused >= 28)) || fail "only $refused refused"
}

@test "whatever call for a path fails or lies, no other name is left" {
	needroot
	local call n error list refused=0
	mkdir "$T/d"
	check_path() {
		sockets_are "$unix $T/d/s" &&
			assert_stat '%a %U' "$T/d/s" '640 nobody'
	}
	check=check_path
	bound "$T/d/s"
	list=$(calls_of -u nobody --listen="$T/d/s,mode=0640")
	rm "$T/d/s"
	assert_match "$(cut -d ' ' -f 1 <<<"$list" | xargs)" \
		'^dup3 (.*stat.* )?socket .*stat.* socket connect unlinkat umask bind umask .*stat.* fchownat .*stat.* listen dup3 getsockname getsockopt'
	while read -r call n; do
		for error in EPERM ENOENT 0; do
			# What only looks has nothing to pretend.
			[[ $call:$error != *stat*:0 ]] || continue
			bound "$T/d/s"
			faulty "0:$call:$n=$error" -u nobody \
				--listen="$T/d/s,mode=0640"
			[[ ! -e $T/d/s || $status != 0 ]]
			# Left is at most what was there before.
			[[ ! -e $T/d/s || $(stat -c %a "$T/d/s") == 755 ]] ||
				fail "$call:$n=$error leaves $(ls -l "$T/d")"
			rm -f "$T/d/s"
			assert_equal "$(ls -A "$T/d")" '' "left"
		done
	done <<<"$list"
	((refused >= 30)) || fail "only $refused refused"
	# One call more, where a list narrows the mode.
	needprogram setfacl
	setfacl -d -m u::rwx,g::-,o::- "$T/d"
	for error in EPERM 0; do
		faulty "0:fchmodat:1=$error" -u nobody \
			--listen="$T/d/s,mode=0640"
		assert_status 77
		refute_exists "$T/d/s"
	done
}

# calls_made OPTION...: $T/made has the name of each, once.
calls_made() {
	run_c "$FAULT" -o "$T/calls" "$D" -p "$T/pid" -L "$T/log" "$@" true
	assert_status 0 || return 1
	cut -d ' ' -f 2 "$T/calls" | sort -u >"$T/made"
}

@test "without --listen, no call of a socket is made" {
	local calls='socket|socketpair|bind|listen|connect|[gs]etsockopt|getsockname'
	calls_made
	grep -qx setpgid "$T/made"
	refute grep -Ex "$calls" "$T/made"
	calls_made --listen="127.0.0.1:$port"
	assert_equal "$(grep -Ex 'socket|bind|listen' "$T/made" | xargs)" \
		'bind listen socket' calls
}

@test "what only the caller's descriptors hold is in nobody's way, the others stay" {
	needprogram python3 strace
	executable "$T/caller" <<-'END'
		#!/usr/bin/python3 -SI
		import os, socket, sys
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("127.0.0.1", int(sys.argv[1])))
		s.listen()
		os.dup2(s.fileno(), 9)
		here, there = socket.socketpair()
		there.sendall(b"word\n")
		os.dup2(here.fileno(), 7)
		os.dup2(os.open(sys.argv[2], os.O_RDONLY), 8)
		os.execvp(sys.argv[3], sys.argv[3:])
	END
	executable "$T/server" <<-'END'
		#!/usr/bin/python3 -SI
		import signal, socket, sys
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("127.0.0.1", int(sys.argv[1])))
		s.listen()
		print("listens", flush=True)
		signal.pause()
	END
	echo text >"$T/file"
	local caller=("$T/caller" "$port" "$T/file")
	run_c "${caller[@]}" "$D" -p "$T/pid" --listen="127.0.0.1:$port" sleep 600
	assert_status 0
	start --stop -p "$T/pid"
	run_c "${caller[@]}" "$D" -p "$T/pid" -o "$T/out" -w log:listens -t 10 \
		"$T/server" "$port"
	assert_status 0
	start --stop -p "$T/pid"
	run_c "${caller[@]}" "$D" -p "$T/pid" --keep-fd=9 -w alive:0.01 sleep 600
	assert_status 0
	assert_match "$(readlink "/proc/$(cat "$T/pid")/fd/9")" '^socket:'
	start --stop -p "$T/pid"
	run_c "${caller[@]}" "$D" -p "$T/pid" -t 10 -w 'check:read -r a <&8 &&
		read -r b <&7 && test "$a $b" = "text word"' sleep 600
	assert_status 0
	start --stop -p "$T/pid"
	# A file system that hangs is not asked for what nobody has named.
	: >"$T/lock"
	run_c "${caller[@]}" strace -o "$T/strace" -e trace=statx,fstat,newfstatat "$D" \
		-p "$T/pid" -l "$T/lock" -w alive:0.01 sleep 600
	assert_status 0
	refute grep -E 'stat(at)?\(8,' "$T/strace"
	assert_match "$(grep 'statx(8,' "$T/strace")" 'AT_STATX_DONT_SYNC'
	start --stop -p "$T/pid"
}

@test "a port that needs no privileges is not said to, where a filter denies it" {
	local port
	port=$(free_port)
	run_c "$HELPERS/without" bind=EACCES "$DAEMONIZE" \
		--listen="127.0.0.1:$port" sleep 1000
	[[ $err != *kernel:* ]] || skip "${err#*: }"
	assert_refused 77 "cannot listen on: 127.0.0.1:$port: Permission denied$"
}
