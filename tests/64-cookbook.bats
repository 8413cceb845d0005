#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The recipes of daemonize-examples(7), run as they stand there, and what they
# promise tried.  Only the first part of some paths and the port are replaced.

# shellcheck disable=SC2154 # common.bash sets out, err and bg

load lib/common

setup() {
	setup_dir
	mkdir -p "$T/cmd" "$T/run" "$T/var/log" "$T/var/lib/redis" \
		"$T/srv/www" "$T/srv/inbox" "$T/etc"
	mkdir -m 777 "$T/srv/outbox"
	ln -s "$DAEMONIZE" "$T/cmd/daemonize"
	# shellcheck disable=SC2034 # exported by common.bash
	PATH=$T/cmd:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	port=$(free_port)
	echo "the page" >"$T/srv/www/index.html"
}

manual=$SRCDIR/man/daemonize-examples.7

# The recipes, a line `--- N` before each.
recipes() {
	awk '/^\.Bd/ { block = 1; print "--- " ++n; next }
		/^\.Ed/ { block = 0 }
		block' "$manual" | sed 's/\\e/\\/g'
}

# recipe BEGINNING: the one that begins so goes to $recipe.
recipe() {
	local n
	n=$(recipes | awk -v begin="$1" '/^---/ { n = $2; getline
		if (index($0, begin) == 1) print n }')
	[[ $n =~ ^[0-9]+$ ]] || fail "not one recipe begins with $1: $n"
	recipe=$(recipes | sed -n "/^--- $n\$/,/^---/{/^---/!p}" | sed -E \
		"s#(^|[ '<>=])/(run|var|srv|etc/hello)#\1$T/\2#g; s#8080#$port#g")
}

# run_recipe BEGINNING
run_recipe() {
	recipe "$1"
	echo "$recipe"
	run_c sh -ec "$recipe"
}

# serves_no FILE: what a link to it in the documents leads to is not served.
serves_no() {
	ln -sfn "$1" "$T/srv/www/leak"
	run_c curl -s -o /dev/null -w '%{http_code}' \
		"http://127.0.0.1:$port/leak"
	assert_out 404
}

ping_redis() {
	local answer
	exec {fd}<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf '%s\r\n' "${1:-PING}" >&"$fd"
	read -r answer <&"$fd"
	exec {fd}>&-
	[[ $answer == ${2:-+PONG}* ]]
}

@test "recipe: a file server that can only read" {
	needroot
	needprogram python3 curl
	needlandlock
	run_recipe 'daemonize -u www-data -p /run/files.pid'
	assert_status 0
	assert_silent
	wait_for page
	assert_stat %U "/proc/$(cat "$T/run/files.pid")" www-data
	serves_no /etc/passwd
	wait_for has_line "$T/var/log/files.log" 'GET /leak.* 404'
	start --stop -p "$T/run/files.pid"
}

@test "recipe: a program that tells nobody when it is ready" {
	needroot
	needprogram python3 curl
	run_recipe 'daemonize -u nobody -p /run/slow.pid'
	assert_status 0
	assert_silent
	page
	has_line "$T/var/log/slow.log" 'GET / .* 200'
	start --stop -p "$T/run/slow.pid"
	# A server without a page is none.
	rm "$T/srv/www/index.html"
	chmod 700 "$T/srv/www"
	recipe 'daemonize -u nobody -p /run/slow.pid'
	run_c sh -ec "${recipe/-t 10/-t 2}"
	assert_status 124
	assert_match "$err" 'not ready in time.*its last try: exit status 22'
	refute_exists "$T/run/slow.pid"
}

@test "recipe: a database that writes in one directory" {
	needroot
	needprogram redis-server
	needlandlock
	cp "$(type -P redis-server)" "$T/cmd/"
	chown redis "$T/var/lib/redis"
	run_recipe 'daemonize -u redis'
	assert_status 0
	assert_silent
	wait_for ping_redis
	ping_redis SAVE +OK
	assert_exists "$T/var/lib/redis/dump.rdb"
	# a way out: to itself, where somebody does listen
	ping_redis "REPLICAOF 127.0.0.1 $port" +OK
	wait_for has_line "$T/var/log/redis.log" 'MASTER: Permission denied'
}

@test "recipe: a job on files that somebody else has sent" {
	needroot
	needlandlock
	echo data | gzip >"$T/srv/inbox/data.gz"
	run_recipe 'daemonize -u nobody -l /run/unpack.lock'
	assert_status 0
	assert_silent
	wait_for has_line "$T/srv/outbox/data" '^data$'
	# the other way round it cannot
	recipe=${recipe/-dc/-c} recipe=${recipe/>*data/>"$T/srv/inbox/new"}
	chmod 777 "$T/srv/inbox"
	wait_for sh -ec "$recipe"
	wait_for has_line "$T/var/log/unpack.log" 'ermission denied'
	refute_exists "$T/srv/inbox/new"
}

@test "recipe: a container's entry point, as process 1" {
	needroot
	needprogram python3 curl
	needlandlock
	recipe 'exec daemonize -f'
	run_bg unshare -fp --mount-proc --kill-child sh -ec "$recipe"
	wait_for page
	serves_no /etc/passwd
	assert_equal "$(pgrep -P "$bg" | wc -l)" 1 children
	local pid
	pid=$(pgrep -P "$bg")
	assert_stat %U "/proc/$pid" www-data
	assert_match "$(grep ^NSpid: "/proc/$pid/status")" $'\t1$'
	# its output stays ours
	wait_for has_line "$CAP/bg.err" 'GET /'
}

# A port that takes a privilege; it stands for 80.
low_port() {
	while :; do
		port=$((600 + RANDOM % 400))
		(exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
}

# web_server: the recipe's serves as nobody, and nothing but its documents.
web_server() {
	needroot
	needprogram python3 curl
	needlandlock
	low_port
	recipe=$(sed -E "s#([ =:])80\\b#\\1$port#g" <<<"$recipe")
	run_c sh -ec "$recipe"
	assert_status 0
	assert_silent
	wait_for page
	assert_stat %U "/proc/$(cat "$T/run/web.pid")" nobody
	serves_no /etc/passwd
	start --stop -p "$T/run/web.pid"
}

@test "recipe: a web server on port 80 that never was root" {
	recipe 'daemonize -u nobody -p /run/web.pid -L /var/log/web.log -c'
	web_server
}

@test "recipe: a web server that binds port 80 itself" {
	recipe 'daemonize -u nobody --caps'
	web_server
}

# The server of the next test: it logs what it can do, a line each, and serves.
temptation() {
	cat <<-'END'
		import http.server, os, socket, sys

		port, other, free, outside = sys.argv[1:]
		def write(path):
		    return lambda: open(path, "a").close()
		tries = {
		    "read its page": lambda: open("index.html").read(),
		    "read /etc/group": lambda: open("/etc/group").read(),
		    "write its page": write("index.html"),
		    "create a file": write("new"),
		    "write elsewhere": write(outside),
		    "connect": lambda: socket.create_connection(
		        ("127.0.0.1", int(other))),
		    "bind": lambda: socket.create_server(
		        ("127.0.0.1", int(free))),
		    "send a datagram": lambda: socket.socket(
		        socket.AF_INET, socket.SOCK_DGRAM),
		    "be nicer to itself": lambda: os.nice(-1),
		    "take 32 MiB": lambda: bytearray(32 << 20),
		    "take 96 MiB": lambda: bytearray(96 << 20),
		    "be root": lambda: os.setuid(0),
		}
		need = [l.split()[1] for l in open("/proc/self/status")
		    if l.startswith("VmSize:")] if free == "0" else ["-"]
		print("need:", need[0], file=sys.stderr)
		for name, attempt in tries.items():
		    try:
		        attempt()
		        print(name + ": done")
		    except MemoryError:
		        print(name + ": out of memory")
		    except OSError as e:
		        print(name + ": " + os.strerror(e.errno))
		sys.stdout.flush()
		if free == "0":
		    sys.exit()
		server = http.server.ThreadingHTTPServer(("", int(port)),
		    http.server.SimpleHTTPRequestHandler, False)
		server.socket = socket.socket(fileno=3)
		server.serve_forever()
	END
}

@test "port 80 as nobody, its documents and its log: each other thing is denied" {
	needroot
	needprogram python3 curl
	needlandlock
	temptation >"$T/srv/www/server.py"
	low_port
	local web=$port other need
	port=$(free_port)
	other=$port
	python3 -m http.server -d "$T/srv/www" -b 127.0.0.1 "$other" \
		>/dev/null 2>&1 &
	track $!
	wait_for page
	port=$web

	# What root can do without any of it, and how much memory it needs.
	(cd "$T/srv/www" && python3 server.py "$web" "$other" 0 "$T/else" \
		>"$T/free" 2>"$T/need")
	assert_equal "$(grep -vc ': done$' "$T/free")" 0 "denied to root"
	rm "$T/srv/www/new" "$T/else"
	need=$(sed -n 's/need: //p' "$T/need")

	start -u nobody -c "$T/srv/www" -p "$T/run/pid" -L "$T/var/log/web" \
		--listen="127.0.0.1:$web" -w "listen:$web" --ro="$T/srv/www" \
		--ro=/etc/mime.types --bind-port="$web" --limit="as=$((need + 64 * 1024))K" \
		python3 server.py "$web" "$other" "$(free_port)" "$T/else"
	page
	assert_stat %U "/proc/$(cat "$T/run/pid")" nobody
	serves_no /etc/passwd
	start --stop -p "$T/run/pid"
	assert_equal "$(grep ': ' "$T/var/log/web" | head -n 13)" "need: -
read its page: done
read /etc/group: Permission denied
write its page: Permission denied
create a file: Permission denied
write elsewhere: Permission denied
connect: Permission denied
bind: Permission denied
send a datagram: Permission denied
be nicer to itself: Operation not permitted
take 32 MiB: done
take 96 MiB: out of memory
be root: Operation not permitted" "what it could do"
	refute_exists "$T/else"
	refute_exists "$T/srv/www/new"
}

@test "recipe: a job with limits" {
	needroot
	needlandlock
	printf 'b\na\n' >"$T/srv/inbox/lines"
	run_recipe 'daemonize -u nobody -L /var/log/sort.log'
	assert_status 0
	assert_silent
	wait_for has_line "$T/srv/outbox/sorted" b
	assert_content "$T/srv/outbox/sorted" $'a\nb'
}

@test "recipe: what a program needs to be allowed" {
	needprogram strace
	printf 'GREETING=hello\n' >"$T/etc/hello.env"
	run_recipe 'strace -f -z'
	assert_status 0
	assert_out GREETING=hello
	has_line "$T/var/log/trace" "\"$T/etc/hello.env\"" || fail "no trace"
}

@test "every recipe of the manual is run here" {
	local wanted n
	wanted=$(recipes | grep -c '^---')
	((wanted >= 5)) || fail "only $wanted recipes"
	n=$(sed -En "s/^	(run_)?recipe '//p" "$BATS_TEST_FILENAME" |
		sort -u | wc -l)
	assert_equal "$n" "$wanted" "recipes run"
}
