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

needlandlock() {
	run_c "$DAEMONIZE" -x --json true
	[[ $out == *'"network":true'* ]] || skip "kernel: no Landlock ABI 4"
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
	recipe=$(sed -E "s#([ =])80\\b#\\1$port#g" <<<"$recipe")
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
	n=$(grep -Ec "^	(run_)?recipe '" "$BATS_TEST_FILENAME")
	assert_equal "$n" "$wanted" "recipes run"
}
