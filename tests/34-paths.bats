#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# P6: no path is followed with more rights than its owner has.  Every option
# that takes a path, with everything that another user could plant there.
#
# shellcheck disable=SC2016,SC2154

load lib/common

setup() {
	setup_dir
	needroot
	V=$T/victim
	mkdir "$V" "$V/dir"
	echo "nobody else's business" >"$V/secret"
	chmod 600 "$V/secret"
	D=$T/place
}

# The users: nobody is the daemon's, and the attacker where it says so;
# daemon is a third one.

# make_place KIND: the directory $D, or what leads there.
make_place() {
	rm -rf "$D" "$T/target"
	case $1 in
	root | sticky | world | nobody | daemon)
		mkdir "$D" ;;
	*)
		mkdir "$T/target"
		ln -s target "$D" ;;
	esac
	case $1 in
	sticky) chmod 1777 "$D" ;;
	world) chmod 777 "$D" ;;
	nobody | daemon) chown "$1" "$D" ;;
	link-nobody) chown -h nobody "$D" ;;
	link-daemon) chown -h daemon "$D" ;;
	esac
}

# plant THING PATH: nobody's, where that is possible.
plant() {
	case $1 in
	none) ;;
	symlink) ln -s "$V/secret" "$2" && chown -h nobody "$2" ;;
	dirlink) ln -s "$V/dir" "$2" && chown -h nobody "$2" ;;
	dangling) ln -s "$V/new" "$2" && chown -h nobody "$2" ;;
	rootlink) ln -s "$V/$([[ $opt == r ]] && echo dir || echo secret)" "$2" ;;
	hardlink) ln "$V/secret" "$2" ;;
	fifo) mkfifo "$2" && chown nobody "$2" ;;
	dir) mkdir "$2" && chown nobody "$2" ;;
	socket) ln "$T/socket" "$2" ;;
	char) mknod "$2" c 1 3 && chown nobody "$2" ;;
	block) mknod "$2" b 7 250 && chown nobody "$2" ;;
	nobody | daemon) content "$2" && chown "$1" "$2" ;;
	esac
}

# content FILE: something that $opt would take, of a process that is dead.
content() {
	case $opt in
	p) echo 3999999 ;;
	p.id) printf 'pid 3999999\nstart 1\nboot \ninode 1\n' ;;
	env) echo PLANTED=yes ;;
	*) echo planted ;;
	esac >"$1"
	case $opt in
	l | p.lock) chmod 600 "$1" ;;
	*) chmod 644 "$1" ;;
	esac
}

# name_of OPTION: what is planted, in $name, and the option itself, in $args.
name_of() {
	name=file args=("-$1" "$D/file")
	case $1 in
	p.*) args=(-p "$D/file") ;;
	env) args=(--env-file "$D/file") ;;
	esac
	case $1 in
	p.id) name=file.id ;;
	p.lock) name=file.lock ;;
	p.tmp) name=.file.daemonize ;;
	p.idtmp) name=.file.id.daemonize ;;
	esac
}

# look: all that a start must not change, the victim before the place: no
# content is written without a new ctime.
look() {
	find "$V/" "$D/" ! -type d \
		-printf '%p %y %i %U:%G %m %n %s %T@ %C@ %l\n' \
		-o -printf '%p %y %i %U:%G %m\n'
}

# the_victim TEXT: its part.
the_victim() { printf '%s' "${1%%$'\n'"$D/"*}"; }

# try_row OPTION PLACE USER THING WANTED
try_row() {
	local user=() row=$* before after
	opt=$1
	make_place "$2"
	name_of "$1"
	plant "$4" "$D/$name"
	[[ $3 == - ]] || user=(-u "$3")
	before=$(look)
	status=0
	timeout -s KILL "$RUN_SECONDS" "$DAEMONIZE" "${user[@]}" "${args[@]}" true \
		</dev/null >"$CAP/out" 2>"$CAP/err" 3>&- || status=$?
	err=$(<"$CAP/err")
	after=$(look)
	((status == $5)) || fail "$row: status $status: $err" || return 1
	[[ $(the_victim "$after") == "$(the_victim "$before")" ]] ||
		fail "$row: the victim is $after; it was $before" || return 1
	if ((status)); then
		[[ $err == "daemonize: cannot "* && $err != *$'\n'* ]] ||
			fail "$row: says $err" || return 1
		[[ $after == "$before" ]] ||
			fail "$row: left $after; there was $before" || return 1
	elif [[ $1 == p* ]]; then
		[[ $(stat -c '%n %F %U:%a' "$D"/* "$D"/.[!.]* 2>&1) == \
"$D/file regular file root:644
$D/file.id regular file root:644
stat:"* ]] || fail "$row: files" || return 1
	fi
}

# table OPTION...: each with every row of standard input; its first line
# names the things that are planted, then it has the directory, the daemon's
# user, and the status for each thing.
table() {
	local things place user wanted option opt i rows=0
	needprogram python3
	if [[ ! -e $T/socket ]]; then
		python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/socket"
		chown nobody "$T/socket"
	fi
	read -ra things
	things=("${things[@]:2}")
	while read -ra wanted; do
		place=${wanted[0]} user=${wanted[1]} wanted=("${wanted[@]:2}")
		for option; do
			for i in "${!things[@]}"; do
				try_row "$option" "$place" "$user" \
					"${things[i]}" "${wanted[i]}" || return 1
				rows=$((rows + 1))
			done
		done
	done
	((rows >= 16)) || fail "only $rows rows"
	assert_content "$V/secret" "nobody else's business"
}

@test "-p, FILE.id, FILE.lock, -l: nothing planted is followed or believed" {
	table p l <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		root   -      0    77      77      77       77       77       77   77  77     77   77    77     77
		root   nobody 0    77      77      77       77       77       77   77  77     77   77    0      77
		sticky -      0    77      77      77       77       77       77   77  77     77   77    77     77
		sticky nobody 0    77      77      77       77       77       77   77  77     77   77    0      77
		nobody -      77   77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 0    77      77      77       77       77       77   77  77     77   77    0      77
	END
	table p.id <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		sticky -      0    77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 0    77      77      77       77       77       77   77  77     77   77    0      77
	END
	# With contents, as this one has, it is none of ours.
	table p.lock <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		sticky -      0    77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 0    77      77      77       77       77       77   77  77     77   77    77     77
	END
}

@test "-p: what is planted under our temporary names is never written through" {
	table p.tmp p.idtmp <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		sticky -      0    77      77      77       77       77       77   77  77     77   77    77     77
		nobody -      77   77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 0    77      77      77       77       77       77   77  77     77   77    0      77
	END
}

@test "-o, -e, -L: nothing planted is written to, truncated or created through" {
	table o L <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		root   -      0    77      77      77       77       77       73   73  77     0    77    77     77
		root   nobody 0    77      77      77       77       77       73   73  77     0    77    0      77
		sticky -      0    77      77      77       77       77       73   73  77     0    77    77     77
		sticky nobody 0    77      77      77       77       73       73   73  77     0    77    0      73
		nobody -      77   77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 0    77      77      77       77       73       73   73  77     0    77    0      73
	END
	table e <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		sticky -      0    77      77      77       77       77       73   73  77     0    77    77     77
		nobody nobody 0    77      77      77       77       73       73   73  77     0    77    0      73
	END
}

@test "-i: nothing planted is read that its owner could not read" {
	table i <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		root   -      66   77      77      77       77       0        0    66  77     0    77    0      0
		root   nobody 66   77      77      77       77       0        0    66  77     0    77    0      0
		sticky -      66   77      77      77       77       77       77   66  77     0    77    77     77
		sticky nobody 66   77      77      77       77       66       0    66  77     0    77    0      77
		nobody -      77   77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 66   77      77      77       77       66       0    66  77     0    77    0      0
	END
}

@test "--env-file: only what root or the daemon's user has written is read" {
	table env <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		root   -      66   77      77      77       77       77       77   77  77     77   77    77     77
		root   nobody 66   77      77      77       77       77       77   77  77     77   77    0      77
		sticky -      66   77      77      77       77       77       77   77  77     77   77    77     77
		sticky nobody 66   77      77      77       77       77       77   77  77     77   77    0      77
		nobody -      77   77      77      77       77       77       77   77  77     77   77    77     77
		nobody nobody 66   77      77      77       77       77       77   77  77     77   77    0      77
	END
}

# 127: it was entered, and the program is not in it.
@test "-r: no root of another user's, or by way of another user's link" {
	table r <<-'END'
		place  user   none symlink dirlink dangling rootlink hardlink fifo dir socket char block nobody daemon
		root   -      66   77      77      77       127      66       66   77  66     66   66    66     66
		root   nobody 66   77      77      77       127      66       66   127 66     66   66    66     66
		sticky -      66   77      77      77       127      66       66   77  66     66   66    66     66
		sticky nobody 66   77      77      77       127      66       66   127 66     66   66    66     66
		nobody -      66   77      77      77       77       66       66   77  66     66   66    66     66
		nobody nobody 66   77      77      77       127      66       66   127 66     66   66    66     66
	END
}

# The directory: another user's, anybody's, or by way of a link.
@test "-p, -l, --env-file: no directory that others could have exchanged" {
	table p p.lock l <<-'END'
		place       user   none symlink dir nobody
		world       -      77   77      77  77
		world       nobody 77   77      77  77
		daemon      -      77   77      77  77
		daemon      nobody 77   77      77  77
		link-nobody -      77   77      77  77
		link-nobody nobody 77   77      77  77
		link-daemon -      77   77      77  77
		link-daemon nobody 77   77      77  77
	END
	table p l <<-'END'
		place       user   none symlink dir nobody
		link-root   -      0    77      77  77
		link-root   nobody 0    77      77  0
	END
	table env <<-'END'
		place       user   none symlink dir nobody
		world       -      77   77      77  77
		world       nobody 77   77      77  77
		daemon      -      77   77      77  77
		daemon      nobody 77   77      77  77
		link-nobody -      77   77      77  77
		link-nobody nobody 77   77      77  77
		link-daemon nobody 77   77      77  77
		link-root   -      66   77      77  77
		link-root   nobody 66   77      77  0
	END
}

@test "-o, -e, -L, -i, -r: through others' directories only as the new user" {
	table e L <<-'END'
		place       user   none symlink dir nobody daemon
		world       -      77   77      77  77     77
		world       nobody 0    77      73  0      73
		daemon      -      77   77      77  77     77
		daemon      nobody 73   77      73  0      73
		link-nobody -      77   77      77  77     77
		link-nobody nobody 77   77      77  77     77
		link-daemon -      77   77      77  77     77
		link-daemon nobody 77   77      77  77     77
		link-root   -      0    77      73  77     77
		link-root   nobody 0    77      73  0      77
	END
	table i <<-'END'
		place       user   none symlink dir nobody daemon
		world       -      77   77      77  77     77
		world       nobody 66   77      66  0      0
		daemon      -      77   77      77  77     77
		daemon      nobody 66   77      66  0      0
		link-nobody -      77   77      77  77     77
		link-nobody nobody 77   77      77  77     77
		link-daemon nobody 77   77      77  77     77
		link-root   -      66   77      66  0      0
		link-root   nobody 66   77      66  0      0
	END
	table r <<-'END'
		place       user   none symlink dirlink dir
		world       -      66   77      77      77
		world       nobody 66   77      77      77
		daemon      -      66   77      77      77
		daemon      nobody 66   77      77      77
		link-nobody -      77   77      77      77
		link-nobody nobody 77   77      77      77
		link-daemon nobody 77   77      77      77
		link-root   -      66   77      77      77
		link-root   nobody 66   77      77      127
	END
}

@test "the message says which danger it is" {
	local opt=o row thing where words
	while IFS='|' read -r thing where args words; do
		row="$thing $where $args"
		make_place "$where"
		plant "$thing" "$D/file"
		# shellcheck disable=SC2086
		run_d $args "$D/file" true
		[[ $status == 7[37] ]] || fail "$row: status $status"
		assert_message "cannot [a-z ]*: $D/file: $words" || fail "$row"
	done <<-'END'
		symlink|root|-o|unsafe: it is a symbolic link
		symlink|root|-p|unsafe: it is a symbolic link
		symlink|root|-l|unsafe: it is a symbolic link
		hardlink|root|-L|unsafe: it has more than one hard link
		hardlink|root|-p|unsafe: it has more than one hard link
		fifo|root|-e|nobody reads from this FIFO
		fifo|root|-p|unsafe: it is not a regular file
		fifo|root|-l|unsafe: it is not a regular file
		block|root|-o|unsafe: it is not a file, FIFO or character device
		nobody|root|-o|unsafe: it belongs to another user
		nobody|root|-p|unsafe: it belongs to another user
		none|world|-p|unsafe: other users can change a directory on the way \(place, owner 0, mode 0777\)$
		none|nobody|-L|unsafe: other users can change a directory on the way \(place, owner 65534, mode 0755\)$
		none|link-nobody|-L|unsafe: another user's symbolic link is on t
		dir|root|-o|Is a directory
	END
}

@test "the message says if the name of a directory is cut" {
	local name shown x
	printf -v x '%44s' ''
	x=${x// /x}
	while read -r name shown; do
		mkdir "$T/$name"
		chown nobody "$T/$name"
		run_d -o "$T/$name/log" true
		assert_refused 77 "cannot open output: .*: unsafe: .*[(]$shown, owner 65534, mode 0755[)]\$" || return 1
	done <<-END
		${x}1234 ${x}1234
		${x}12345 ${x}1[.]{3}
		${x}ääää ${x}[.]{3}
	END
}

@test "a file that others can write to is not believed" {
	for mode in 666 646 664 606; do
		mkdir -p "$D"
		echo 3999999 >"$D/file"
		chown root:daemon "$D/file"
		chmod "$mode" "$D/file"
		for args in "-p $D/file" "--env-file $D/file"; do
			# shellcheck disable=SC2086
			run_d $args true
			assert_refused 77 'cannot .*: unsafe: other users can w' ||
				fail "$mode $args"
		done
	done
}

@test "a group's directory: not for a pidfile; for a log, but nothing planted" {
	mkdir "$D"
	chgrp daemon "$D"
	chmod 775 "$D"
	for args in "-p $D/file" "-l $D/file"; do
		# shellcheck disable=SC2086
		run_d $args true
		assert_refused 77 'cannot .*: unsafe: other users can change a' ||
			fail "$args"
	done
	assert_equal "$(ls -A "$D")" "" files
	start -L "$D/file" true
	assert_stat '%U %a' "$D/file" 'root 640'
	# Who is not in the group could not make a file there himself.
	start -u nobody -G '' -L "$D/his" true
	assert_stat '%U %a' "$D/his" 'nobody 640'
	# Who is in it, by whichever of his groups, makes it himself.
	rm "$D/his"
	for args in '-G daemon' '-G daemon,adm' '-G bin,daemon' '-g daemon -G bin'; do
		# shellcheck disable=SC2086
		run_d -v -u nobody $args -L "$D/his" true
		assert_match "$err" 'open output as the new user' || fail "$args"
		rm "$D/his"
	done
	ln -s "$V/secret" "$D/link"
	ln "$V/secret" "$D/hard"
	snapshot "$V"
	run_d -L "$D/link" true
	assert_refused 77 'cannot '
	run_d -L "$D/hard" true
	assert_refused 77 'cannot '
	assert_nothing_left "$V"
}

@test "a log in the daemon's own directory is opened with its rights" {
	mkdir "$D"
	chown nobody "$D"
	snapshot "$V"
	start -u nobody -L "$D/log" sh -c 'echo hello'
	wait_for not_empty "$D/log"
	assert_stat '%U %a' "$D/log" 'nobody 640'
	# What nobody could not write, he cannot make root write.
	echo root >"$D/roots"
	chmod 644 "$D/roots"
	ln -s "$V/secret" "$D/link"
	ln -s log "$D/own"
	chown -h nobody "$D/link" "$D/own"
	run_d -u nobody -L "$D/roots" true
	assert_refused 73 'cannot open output as the new user: .*: Permission d'
	for link in link own; do
		run_d -u nobody -L "$D/$link" true
		assert_refused 77 "cannot .*/$link: unsafe: it is a symbolic link" ||
			fail "$link"
	done
	assert_content "$D/roots" root
	assert_content "$D/log" hello
	assert_nothing_left "$V"
}

@test "a new log in root's directory belongs to the daemon's user" {
	mkdir "$D"
	start -u nobody -o "$D/out" -e "$D/err" --log-mode 604 true
	assert_stat '%U %a' "$D/out" 'nobody 604'
	assert_stat '%U %a' "$D/err" 'nobody 604'
	# A bit that protects nothing where nobody else can write.
	chmod 1755 "$D"
	start -u nobody -o "$D/third" true
	assert_stat %U "$D/third" nobody
}

@test "as an ordinary user, too: no foreign link, no foreign file" {
	needprogram setpriv
	local opt=p
	as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	make_place sticky
	mkdir "$T/own"
	chown nobody:nogroup "$T/own"
	ln -s "$T/own" "$D/link"
	chown -h daemon "$D/link"
	ln -s "$T/own/victim" "$D/log"
	chown -h daemon "$D/log"
	plant daemon "$D/pid"
	: >"$D/lock"
	chown daemon "$D/lock"
	chmod 600 "$D/lock"
	while read -r option file want words; do
		run_c "${as[@]}" "$DAEMONIZE" "$option" "$D/$file" true
		assert_refused "$want" "cannot .*: $words" || fail "$option $file"
	done <<-'END'
		-p link/x 77 unsafe: another user's symbolic link
		-L link/x 77 unsafe: another user's symbolic link
		-l link/x 77 unsafe: another user's symbolic link
		-L log 77 unsafe: it is a symbolic link
		-p pid 77 unsafe: it belongs to another user
		-l lock 73 Permission denied
	END
	assert_equal "$(ls -A "$T/own")" "" files
	run_c "${as[@]}" "$DAEMONIZE" -p "$T/own/pid" -L "$T/own/log" true
	assert_status 0
	assert_stat '%U %a' "$T/own/pid" 'nobody 644'
}

@test "an ordinary user's group is safe only if it bears his own number" {
	needprogram setpriv
	local group run want
	# The group that can write, and with which he runs.
	while read -r group run want; do
		make_place root
		chown "65534:$group" "$D"
		chmod 775 "$D"
		run_c setpriv --reuid 65534 --regid "$run" --clear-groups \
			"$DAEMONIZE" -p "$D/pid" true
		if ((want == 0)); then
			assert_status 0 || fail "$group $run"
		else
			assert_refused 77 'cannot lock pidfile: .*unsafe: other users can change' ||
				fail "$group $run"
			assert_equal "$(ls -A "$D")" '' "files, $group $run"
		fi
	done <<-'END'
		65534 65534 0
		0 100 0
		100 100 77
		65534 100 77
		101 100 77
	END
}

@test "no file is opened through a link, and a new one is nobody else's from the beginning" {
	needprogram strace
	local name verb all=''
	will_be_traced
	mkdir "$D"
	: >"$D/in"
	start -p "$D/pid" sleep 600
	opened() {
		run_c strace -f -qq -o "$CAP/strace" -e trace='?open,openat' \
			"$DAEMONIZE" "$@"
		all+=$(grep -E '"([^"]*/)?[.]?(new|in|pid|out|err|lock)([.](id|lock|daemonize))*"' \
			"$CAP/strace")$'\n'
	}
	umask 0
	opened -p "$D/new" -l "$D/lock" -i "$D/in" -o "$D/out" -e "$D/err" true
	opened -a -l "$D/lock" -o "$D/out" true
	for verb in --status --signal=CONT --stop; do
		opened "$verb" -p "$D/pid"
	done
	umask 022
	for name in new.lock .new.daemonize .new.id.daemonize lock in out err \
		pid pid.id pid.lock; do
		grep -qF "\"$name\"" <<<"$all" || fail "not opened: $name"
	done
	assert_equal "$(grep . <<<"$all" | grep -v O_NOFOLLOW)" '' "followed"
	assert_equal "$(grep O_CREAT <<<"$all" |
		sed 's/.*"\(.*\)", .*O_EXCL.*, \(0[0-7]*\)).*/\1 \2/' | sort -u)" \
		".new.daemonize 0644
.new.id.daemonize 0644
err 0600
lock 0600
new.lock 0600
out 0600
pid.lock 0600" "new files"
}

# swap AS NAME WHAT...: user AS makes NAME, as fast as possible, each of these
# in turn: link:TARGET, hard:TARGET, dir, file, fifo, gone.
swap() {
	needprogram python3 setpriv
	cat >"$CAP/swap" <<-'END'
		import os, pwd, sys
		user = pwd.getpwnam(sys.argv[1])
		os.setgroups([]), os.setgid(user.pw_gid), os.setuid(user.pw_uid)
		name, kinds = sys.argv[2], sys.argv[3:]
		ours, n = "%s.%d" % (name, os.getpid()), 0
		def remove(path):
		    try:
		        os.unlink(path)
		    except OSError:
		        try:
		            os.rmdir(path)
		        except OSError:
		            pass
		def put(kind, target):
		    if kind == "link":
		        os.symlink(target, ours)
		    elif kind == "hard":
		        os.link(target, ours)
		    elif kind == "dir":
		        os.mkdir(ours)
		    elif kind == "fifo":
		        os.mkfifo(ours)
		    elif kind == "file":
		        os.close(os.open(ours, os.O_CREAT | os.O_WRONLY))
		    try:
		        os.rename(name, "%s.old" % ours)
		    except OSError:
		        pass
		    if kind != "gone":
		        os.rename(ours, name)
		while True:
		    for word in kinds:
		        remove(ours)
		        for old in (ours + ".old",):
		            try:
		                for f in os.listdir(old):
		                    remove(old + "/" + f)
		            except OSError:
		                pass
		            remove(old)
		        try:
		            put(*(word + ":").split(":")[:2])
		            n += 1
		        except OSError:
		            pass
		        if n == 50:
		            print("running", flush=True)
	END
	run_bg python3 "$CAP/swap" "$@"
	wait_for has_line "$CAP/bg.out" running
}

stop_swap() {
	kill -KILL "$bg"
	wait "$bg" 2>/dev/null || :
}

# starts N OPTION...: how they ended, `STATUS*COUNT ...`, in $ended.
starts() {
	local n=$1 i
	local -A got=()
	shift
	for ((i = 0; i < n; i++)); do
		status=0
		timeout -s KILL 10 "$DAEMONIZE" -q "$@" true </dev/null \
			>/dev/null 2>&1 3>&- || status=$?
		got[$status]=$((${got[$status]:-0} + 1))
		rm -f "$clean"
	done
	assert_alive "$bg"
	ended=$(for i in "${!got[@]}"; do echo "$i*${got[$i]}"; done | sort | xargs)
}

@test "a path through a link is followed up to the longest that there is" {
	local n target
	for n in 4089 4090 4091 4092; do
		# What is left of the path, `/pid`, and the NUL at its end come after it.
		target=$T$(printf '/.%.0s' {1..2048})
		target=${target::n}
		[[ $target == *. ]] || target=${target%/.}//
		target=${target::n}
		ln -sfn "$target" "$T/link"
		run_d -p "$T/link/pid" true
		if ((n + 4 < 4096)); then
			assert_status 0
		else
			assert_refused 73 'cannot .*: File ?name too long$'
		fi || fail "${#target}"
	done
}

@test "races: a log in a sticky directory, exchanged all the time" {
	make_place sticky
	snapshot "$V"
	clean=$D/log
	swap nobody "$D/log" "link:$V/secret" gone "link:$V/new" fifo gone \
		"hard:$V/secret" file
	starts 200 -L "$D/log"
	assert_match " $ended" '^( (0|73|77)\*[0-9]+)+$'
	starts 100 -u nobody -L "$D/log"
	assert_match " $ended" '^( (0|73|77)\*[0-9]+)+$'
	assert_nothing_left "$V"
}

@test "races: a directory on the way to the log, exchanged all the time" {
	make_place nobody
	clean=''
	mkdir "$V/open"
	chmod 755 "$V/open"
	snapshot "$V"
	swap nobody "$D/sub" "link:$V/open" dir "link:$V/open" gone
	starts 200 -L "$D/sub/log"
	assert_match " $ended" '^( (73|77)\*[0-9]+)+$'
	starts 200 -u nobody -L "$D/sub/log"
	assert_match " $ended" '^( (0|73|77)\*[0-9]+)+$'
	# The same where anybody can make names, but not exchange others'.
	stop_swap
	make_place sticky
	swap nobody "$D/sub" "link:$V/open" dir "link:$V/open" gone
	starts 200 -o "$D/sub/log"
	assert_match " $ended" '^( (73|77)\*[0-9]+)+$'
	assert_nothing_left "$V"
}

@test "races: a pidfile and its lock, exchanged all the time" {
	for part in file file.lock .file.daemonize file.id; do
		make_place nobody
		chmod 755 "$V"
		clean=''
		snapshot "$V"
		swap nobody "$D/$part" "link:$V/secret" gone "link:$V/new" file \
			gone
		starts 60 -u nobody -p "$D/file"
		assert_match " $ended" '^( (0|73|75|77)\*[0-9]+)+$' ||
			fail "$part"
		assert_nothing_left "$V" || fail "$part"
		stop_swap
	done
}

@test "--restart: no program is read with more rights than the daemon's user has" {
	local by
	make_place nobody
	# What is missing is named in a file that only root may read.
	printf '#!/no/such/secret\n' | executable "$V/script"
	chmod 700 "$V/script"
	ln -s "$V/script" "$D/prog"
	chown -h nobody "$D/prog"
	for by in env 'setpriv --securebits=+no_setuid_fixup'; do
		# shellcheck disable=SC2086 # a list
		run_c $by "$DAEMONIZE" --restart -p "$T/pid" -u nobody "$D/prog"
		assert_refused 126 "cannot execute: $D/prog: Permission denied$" ||
			fail "$by"
	done
}

# crashes_held COMMAND...: a start of what crashes at once, held before it looks
# why.
crashes_held() {
	run_bg "$@"
	wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
	front=$(pgrep -P "$bg")
	wait_for gone "$(cat "$CAP/pid")"
}

# has_started: whatever the program's name means by now, it has been executed.
has_started() {
	kill -CONT "$front"
	status=0
	wait "$bg" || status=$?
	assert_status 0 || return 1
	assert_content "$CAP/bg.err" '' || return 1
	rm "$CAP"/pid* "$CAP/strace"
}

@test "why a program crashed is looked at with its user's rights, where it was" {
	needprogram strace
	local by front
	will_be_traced
	by=(strace -o "$CAP/strace" -e trace=waitid
		-e inject=waitid:signal=SIGSTOP:when=1
		"$DAEMONIZE" -u nobody -p "$CAP/pid")
	make_place nobody
	# What is neither a binary nor a script cannot have been loaded.
	executable "$V/dir/prog" </dev/null
	install -m 700 /dev/null "$V/none"
	ln -s "$V/none" "$D/link"
	chown -h nobody "$D/link"
	executable "$D/prog" <<-'END'
		#!/bin/sh
		mv "${0%/*}/link" "$0"
		kill -SEGV $$
	END
	crashes_held "${by[@]}" "$D/prog"
	[[ -L $D/prog ]]
	has_started
	# Another root by the same name.
	script prog <<<'kill -SEGV $$'
	root_with_usr prog
	chown nobody "$T"
	crashes_held "${in_jail[@]}" "${by[@]}" -r "$T/jail" /prog
	mv "$T/jail" "$T/gone"
	ln -s "$V/dir" "$T/jail"
	chown -h nobody "$T/jail"
	has_started
}

@test "-o, -i: root does not follow where an access control list lets others write" {
	needprogram setfacl
	local option
	mkdir "$D"
	setfacl -m u:nobody:rwx "$D"
	cp "$V/secret" "$D/file"
	snapshot "$D"
	for option in -o -e -L -i; do
		run_d "$option" "$D/file" true
		assert_refused 77 'cannot open .*: unsafe: other users can change a directory on the way \(place, ' ||
			fail "$option"
		assert_nothing_left "$D"
	done
	# It is the one that is blamed, not a group's on the way.
	mkdir -p "$T/outer/inner"
	chown :daemon "$T/outer"
	chmod 775 "$T/outer"
	start -o "$T/outer/file" true
	setfacl -m u:nobody:rwx "$T/outer/inner"
	run_d -o "$T/outer/inner/file" true
	assert_refused 77 'cannot open .*: unsafe: .* \(inner, '
	# That user's daemon does with it what he could.
	start -u nobody -o "$D/new" true
	assert_stat '%U %a' "$D/new" 'nobody 640'
	# A list by which that user cannot is no danger, whatever a group may.
	setfacl -m u:nobody:rx,u:root:rwx,g:daemon:rwx "$D"
	start -o "$D/file" true
	assert_content "$D/file" ''
}

@test "what an access control list lets others write is unsafe, too" {
	needroot
	needprogram setfacl
	mkdir "$T/open" "$T/closed"
	printf 'A=b\n' >"$T/env"
	setfacl -m u:nobody:rwx "$T/open"
	setfacl -m u:nobody:rw "$T/env"
	run_d -p "$T/open/pid" true
	assert_refused 77 'cannot lock pidfile: .*unsafe: other users can change'
	run_d --env-file "$T/env" true
	assert_refused 77 'cannot read environment file: .*unsafe: other users'
	setfacl -m u:nobody:rx "$T/open"
	start -p "$T/open/pid" true
	# What its mask takes away, nobody has.
	setfacl -m u:nobody:rwx,m::rx "$T/open"
	start -p "$T/open/pid" -o "$T/open/log" true
}
