#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What of the caller's environment passes, row by row of environ.def, so that
# a new row is tested by being there; and what the options put in its place.
#
# Scripts for sh; $status and the like; $REPORT; backslashes that are meant:
# shellcheck disable=SC2016,SC2154,SC2030,SC2031,SC1003

load lib/common

setup() {
	setup_dir
	probe_setup
	clean=(env -i HOME=/h DZ_TEST_MARK="$T")
	path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	((EUID == 0)) || path=/usr/local/bin:/usr/bin:/bin
}

# rows MACRO CLASS: the patterns of environ.def, extended regexps for both.
rows() {
	sed -En "s/^($1)\\(\"([^\"]+)\", *($2),.*/\\2/p" \
		"$SRCDIR/src/environ.def"
}

# names MACRO CLASS: names that the patterns match.
names() { rows "$@" | sed 'p; s/\*$/JUNK/' | sed 's/\*$//' | sort -u; }

# valued: the names, each with a value; for glibc's own one that it knows, since
# it would complain of another before the program under test begins.
valued() { sed 's/^GLIBC_TUNABLES$/&=glibc.malloc.check=0/; /=/!s/$/=1/'; }

# with VARIABLE... -- OPTION...: a daemon, and its report, of a caller with
# these variables.
with() {
	local variables=() proc=/proc
	sees_proc || proc=/proc/real
	while [[ $1 != -- ]]; do
		variables+=("$1")
		shift
	done
	shift
	rm -f "$REPORT"
	run_c "${clean[@]}" "${variables[@]}" "$DAEMONIZE" "$@" \
		"$PROBE" "$REPORT"
	assert_status 0 || return 1
	wait_for test -s "$REPORT"
}

# raw VARIABLE... -- OPTION...: $T/raw is the daemon's environment, byte by
# byte but sorted.
raw() {
	local variables=() proc=/proc
	sees_proc || proc=/proc/real
	while [[ $1 != -- ]]; do
		variables+=("$1")
		shift
	done
	shift
	rm -f "$T/raw.out"
	run_c "${clean[@]}" "${variables[@]}" "$DAEMONIZE" "$@" \
		-p "$T/raw.pid" -o "$T/raw.out" /bin/cat "$proc/self/environ"
	assert_status 0 || return 1
	wait_gone "$(cat "$T/raw.pid")"
	sort -z "$T/raw.out" >"$T/raw"
}

# raw_is VARIABLE...: these and nothing else, in any order.
raw_is() {
	printf '%s\0' "$@" | sort -z | cmp - "$T/raw" >&2 ||
		fail "environment: $(tr '\0' '\n' <"$T/raw" | cut -c 1-99)"
}

environment() { report_lines env= | sed 's/^env=//'; }

refused() { # STATUS REGEX OPTION...
	run_d "${@:3}" "$PROBE" "$REPORT"
	assert_refused "$1" "$2" || return 1
	refute_exists "$REPORT"
}

@test "the rows of environ.def are found" {
	assert_equal "$(rows 'DROP[A-Z_]*' '[A-Z]+' | wc -l)" \
		"$(grep -c '^DROP' "$SRCDIR/src/environ.def")" "rows"
	assert_equal "$(rows 'DROP[A-Z_]*' 'LOADER|MANAGER|TERMINAL|LOGIN' |
		wc -l)" "$(rows 'DROP[A-Z_]*' '[A-Z]+' | wc -l)" "classes"
	(($(rows DROP LOADER | wc -l) >= 19)) || fail "loader rows are missing"
	(($(rows 'DROP[A-Z_]*' MANAGER | wc -l) >= 11)) ||
		fail "manager rows are missing"
	assert_equal "$(rows DROP_DETACHED '[A-Z]+' | sort | xargs)" \
		"LISTEN_* NOTIFY_SOCKET TERM WATCHDOG_*" "pass with -f"
	assert_equal "$(rows DROP_USER '[A-Z]+')" XDG_RUNTIME_DIR
}

@test "the dirty caller has a variable for each row" {
	local pattern
	run_c "$HELPERS/dirty" env:all -- "$HELPERS/probe" "$T/r"
	REPORT=$T/r
	while read -r pattern; do
		report_lines env= | grep -Eq "^env=${pattern/%\*/[^=]*}=" ||
			fail "dirty env:all has none: $pattern"
	done < <(rows 'DROP[A-Z_]*' '[A-Z]+')
}

@test "no variable of the session, manager or loader reaches the daemon" {
	local name list
	mapfile -t list < <(names 'DROP|DROP_DETACHED' '[A-Z]+' | valued)
	((${#list[@]} > 50)) || fail "not enough names"
	with "${list[@]}" ordinary=1 --
	while read -r name; do
		refute_env "$name" || fail "passes: $name"
	done < <(names 'DROP|DROP_DETACHED' '[A-Z]+')
	assert_equal "$(environment)" "HOME=/h
DZ_TEST_MARK=$T
ordinary=1
PATH=$path"
}

@test "each of them is dropped alone, too, and with --user" {
	needroot
	local name
	while read -r name; do
		with "$(valued <<<"$name")" -- -q -u nobody
		refute_env "$name" || fail "passes: $name"
		assert_silent
	done < <(rows '[A-Z_]*' '[A-Z]+' | sed 's/\*$/X/')
}

@test "a name that only resembles a dropped one passes" {
	local name prefix list=()
	while read -r name; do
		prefix=${name%\*}
		list+=("X$prefix=1")
		if [[ $name == *'*' ]]; then
			list+=("${prefix%?}=2")
		else
			list+=("${prefix}X=2")
		fi
	done < <(rows '[A-Z_]*' '[A-Z]+')
	raw "${list[@]}" --
	raw_is HOME=/h "DZ_TEST_MARK=$T" "PATH=$path" "${list[@]}"
}

@test "in the foreground only what belongs to a service manager passes too" {
	local name list
	mapfile -t list < <(names '[A-Z_]*' '[A-Z]+' | valued)
	with "${list[@]}" -- -f
	while read -r name; do
		refute_env "$name" || fail "passes: $name"
	done < <(names DROP '[A-Z]+')
	while read -r name; do
		[[ $name == LISTEN_* ]] || assert_env "$name" 1
	done < <(names DROP_DETACHED '[A-Z]+')
	refute_env LISTEN_JUNK
}

@test "sockets are named to a program only if they are for this process" {
	local pid_is want
	exec {socket}</dev/null
	while read -r pid_is want; do
		rm -f "$REPORT"
		# shellcheck disable=SC2086 # words
		run_c "${clean[@]}" sh -c '
			exec 3</dev/null 4</dev/null
			LISTEN_FDS=2 LISTEN_FDNAMES=a:b
			LISTEN_PID=$(eval "echo $1")
			export LISTEN_PID LISTEN_FDS LISTEN_FDNAMES
			shift
			exec "$@"' sh "$pid_is" "$DAEMONIZE" -f "$PROBE" "$REPORT"
		assert_status 0
		assert_equal "$(report_lines env=LISTEN | wc -l)" "$want" \
			"variables with LISTEN_PID=$pid_is"
	done <<-'END'
		$$ 3
		$PPID 0
		1 0
		0 0
		-1 0
		$$x 0
	END
	exec {socket}<&-
}

@test "dropping what makes a program load code is said, in one line" {
	local list
	mapfile -t list < <(names '[A-Z_]*' '[A-Z]+' | valued)
	with "${list[@]}" --
	assert_out ''
	assert_message 'not passed on, .*--env.*: '
	assert_equal "$(tr -s ', ' '\n' <<<"${err##*: }" | sort)" \
		"$(names DROP LOADER)" "names that are said"
}

@test "nothing is said with --quiet, of other variables, or of what is kept" {
	local name value list keep=() quiet=()
	mapfile -t list < <(names DROP LOADER | valued)
	while read -r name; do
		keep+=(-E "$name")
		quiet+=("--env=$name=2")
	done < <(names DROP LOADER)
	with "${list[@]}" -- -q
	assert_silent
	with TERM=1 LISTEN_FDS=1 SSH_TTY=1 "MAIL=1" ordinary=1 --
	assert_silent
	# what is kept passes with the caller's value, or another
	with "${list[@]}" -- "${keep[@]}"
	assert_silent
	while IFS='=' read -r name value; do
		assert_env "$name" "$value"
	done < <(names DROP LOADER | valued)
	with "${list[@]}" -- "${quiet[@]}"
	assert_silent
	while read -r name; do
		assert_env "$name" 2
	done < <(names DROP LOADER)
	with "${list[@]}" -- --keep-env
	assert_silent
	names DROP LOADER | sed 's/$/=3/' >"$T/env"
	with "${list[@]}" -- --env-file="$T/env"
	assert_silent
	while read -r name; do
		assert_env "$name" 3
	done < <(names DROP LOADER)
	# one of two
	with IFS=x PS4=y -- -E IFS
	assert_message 'not passed on, .*: PS4$'
}

@test "however many are dropped, it is one line of whole names, and how many more" {
	local i filler name list names said wanted
	# So that a name ends wherever the room for them does.
	for filler in '' x xx xxx xxxx xxxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxx; do
		list=() names=' '
		for ((i = 100; i < 200; i++)); do
			list+=("LD_NAME_$filler$i=1")
			names+="LD_NAME_$filler$i "
		done
		with "${list[@]}" --
		assert_message "not passed on, .*--env.*: .* and [0-9]+ more \\(see --explain\\)\$"
		said=$(sed 's/.*keep: //; s/ and .*//; s/, /\n/g' <<<"$err")
		while read -r name; do
			[[ $names == *" $name "* ]] || fail "no such name: $name"
		done <<<"$said"
		wanted=$((100 - $(wc -l <<<"$said")))
		assert_match "$err" " and $wanted more " || return 1
	done
	run_c "${clean[@]}" "${list[@]}" "$DAEMONIZE" --explain true
	assert_equal "$(grep -c '^  LD_NAME_' <<<"$out")" 100 "names of --explain"
	# One that is too long by itself does not hide the next.
	with "LD_$(printf '%01000d' 0)=1" LD_X=1 --
	assert_message 'not passed on, .*: LD_X and 1 more \(see --explain\)$'
	with "LD_$(printf '%01000d' 0)=1" --
	assert_message 'not passed on, .*: 1 more \(see --explain\)$'
	# and a name cannot forge a line
	with $'LD_X\ndaemonize: started=1' --
	assert_line_count 1
}

@test "ordinary variables pass unchanged, whatever their names and values" {
	local odd=(
		A=b EMPTY= 'EQUALS=a=b=' $'NEWLINE=a\nb\n' $'CONTROL=\001\033[m\r'
		'SPACE= a ' 'QUOTES="a" '\'b\' 'DOLLAR=$HOME `id` $(id)'
		$'UTF8=\xc3\xa4\xe2\x82\xac' $'LATIN1=\xe4\xff' 'BACKSLASH=a\nb\\'
		'a.b=1' '-x=1' '1=2' 'with space=1' $'\xc3\xa4=1' 'x%%=() { :; }'
		'lower_case=1' "LONG=$(printf '%03000d' 0)"
		LANG=C.UTF-8 LC_TIME=C TZ=UTC EDITOR=vi http_proxy=x USER=u
		XDG_RUNTIME_DIR=/r XDG_STATE_HOME=/s HOSTNAME=h
	)
	raw "${odd[@]}" "PATH=/usr/bin:/bin" --
	assert_silent
	raw_is "${odd[@]}" PATH=/usr/bin:/bin HOME=/h "DZ_TEST_MARK=$T"
}

# execve_with VARIABLE... -- COMMAND...: really with these.
execve_with() {
	local i=0 program
	while [[ ${*:i+1:1} != -- ]]; do
		i=$((i + 1))
	done
	program='import ctypes, sys
cut = sys.argv.index("--")
array = lambda words: (ctypes.c_char_p * (len(words) + 1))(
    *(w.encode(errors="surrogateescape") for w in words))
command = sys.argv[cut + 1:]
ctypes.CDLL(None).execve(command[0].encode(), array(command),
    array(sys.argv[1:cut]))'
	run_c python3 -c "$program" "$@"
}

@test "entries without = do not pass, and dropping finds every duplicate" {
	needprogram python3
	execve_with HOME=/h junk '' LD_X TERM=a DZ_TEST_MARK="$T" TERM=b LD_X=1 \
		A=1 LD_X=2 '=x' B=1 A=2 -- "$DAEMONIZE" -q "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	refute_env LD_X
	refute_env TERM
	assert_equal "$(environment | grep -v =)" '' "entries without ="
	# getenv(3) finds the first
	assert_env A 1
	# The next: set means that there is one.
	for more in A=3 B=3; do
		rm "$REPORT"
		execve_with A=1 DZ_TEST_MARK="$T" A=2 B=0 A=4 -- \
			"$DAEMONIZE" -E "$more" "$PROBE" "$REPORT"
		wait_for test -s "$REPORT"
		assert_equal "$(environment | grep "^${more%%=*}=")" "$more"
	done
}

@test "entries without = pass by --keep-env, as does every duplicate" {
	needprogram python3
	local proc=/proc entries=(NOEQ '' LD_X A=1 '=x' A=2 NOEQ LD_X=1)
	sees_proc || proc=/proc/real
	execve_with "${entries[@]}" -- "$DAEMONIZE" -f --keep-env -E B=1 \
		-E NOEQ=1 -o "$T/raw.out" /bin/cat "$proc/self/environ"
	assert_status 0
	sort -z "$T/raw.out" >"$T/raw"
	raw_is "${entries[@]}" B=1 NOEQ=1
}

@test "thousands of variables pass, each with its value" {
	run_c bash -c 'for ((i = 0; i < 3000; i++)); do export "V$i=value $i"; done
		exec "$@"' sh "$DAEMONIZE" -f env
	assert_status 0
	assert_equal "$(sed -n 's/^V\([0-9]*\)=value \1$/\1/p' <<<"$out" | sort -n)" \
		"$(seq 0 2999)" variables
}

@test "a caller without any environment is no problem" {
	execve_with -- "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_equal "$(environment)" "PATH=$path"
}

@test "--env sets a variable, or passes the caller's" {
	raw LD_X=x TERM=t A=old "PATH=$path" -- \
		-E A=new --env=B= -E $'C=a=b\nc' -E LD_X --env TERM -E UNSET \
		-E 'odd name=1'
	assert_silent
	raw_is HOME=/h "DZ_TEST_MARK=$T" "PATH=$path" A=new B= $'C=a=b\nc' \
		LD_X=x TERM=t 'odd name=1'
	refused 64 'cannot understand the command line: --env: ' -E ''
	refused 64 'cannot understand the command line: --env: ' -E =x
}

@test "later sources win: the caller, the user, --env-file, --env" {
	needroot
	local home
	home=$(getent passwd nobody | cut -d : -f 6)
	printf '%s\n' HOME=/file A=file B=file1 B=file2 >"$T/one"
	printf '%s\n' B=two SHELL=/two >"$T/two"
	with HOME=/caller A=caller -- -u nobody
	assert_env HOME "$home"
	assert_env A caller
	with HOME=/caller A=caller -- -u nobody --env-file="$T/one"
	assert_env HOME /file
	assert_env A file
	assert_env B file2
	assert_env USER nobody
	with B=caller -- --env-file="$T/one" -u nobody --env-file "$T/two"
	assert_env B two
	assert_env SHELL /two
	with B=caller -- --env-file="$T/two" --env-file "$T/one"
	assert_env B file2
	with A=caller B=caller HOME=/caller -- -E A=option -E HOME -E B -u \
		nobody --env-file="$T/one"
	assert_env A option
	assert_env B caller
	assert_env HOME /caller
	with B=caller -- -E A -E LOGNAME -u nobody --env-file="$T/one"
	assert_env A file
	assert_env LOGNAME nobody
	with A=caller -- -E A=1 -E A=2
	assert_env A 2
	with A=caller -- -E A=1 -E A
	assert_env A caller
	with A=caller -- -E A -E A=1
	assert_env A 1
	# once each
	assert_equal "$(environment | cut -d = -f 1 | sort | uniq -d)" ''
}

@test "--clear-env passes only what every program may need" {
	local kept=(PATH=/usr/bin:/bin LANG=C LC_ALL=C LC_TIME=C LC_=x TZ=UTC
		HOME=/h USER=u LOGNAME=l SHELL=/bin/s)
	raw "${kept[@]}" A=b LANGUAGE=de LC=x TZDIR=/x XPATH=y TERM=t EDITOR=vi \
		PATHX=1 HOMES=2 -- --clear-env
	raw_is "${kept[@]}"
	# and what is asked for
	echo FILE=1 >"$T/file"
	raw "${kept[@]}" A=b C=d -- --clear-env -E A -E B=2 --env-file="$T/file"
	raw_is "${kept[@]}" A=b B=2 FILE=1
	# PATH, all the same
	raw -- --clear-env
	raw_is HOME=/h "PATH=$path"
}

@test "--clear-env --user passes that user's home, not the caller's" {
	needroot
	raw USER=u LOGNAME=l SHELL=/bin/s PATH=/bin A=b -- --clear-env -u daemon
	raw_is PATH=/bin USER=daemon LOGNAME=daemon \
		"HOME=$(getent passwd daemon | cut -d : -f 6)" \
		"SHELL=$(getent passwd daemon | cut -d : -f 7)"
}

@test "--keep-env passes everything as it is" {
	local list user
	mapfile -t list < <(names '[A-Z_]*' '[A-Z]+' | valued)
	list+=(A= $'B=\n')
	for user in '' nobody; do
		[[ $EUID == 0 || -z $user ]] || continue
		# shellcheck disable=SC2086 # two words or none
		raw "${list[@]}" USER=u PATH=/bin -- --keep-env ${user:+-u $user}
		assert_silent
		raw_is "${list[@]}" HOME=/h DZ_TEST_MARK="$T" USER=u PATH=/bin
	done
	raw -- --keep-env
	raw_is HOME=/h DZ_TEST_MARK="$T"
	# but what is asked for is done
	with A=1 TERM=t -- --keep-env -E A=2 -E B=3
	assert_env A 2
	assert_env B 3
	assert_env TERM t
}

@test "--clear-env and --keep-env contradict each other" {
	refused 64 'cannot understand the command line: --(clear|keep)-env: ' \
		--clear-env --keep-env
	refused 64 'cannot understand the command line: --(clear|keep)-env: ' \
		--keep-env --clear-env
}

@test "PATH has a safe default: without it the program is still found" {
	with --
	assert_env PATH "$path"
	with PATH=/nonexistent --
	assert_env PATH /nonexistent
	with PATH= --
	assert_env PATH ''
	run_c "${clean[@]}" "$DAEMONIZE" true
	assert_status 0
	run_c "${clean[@]}" "$DAEMONIZE" --keep-env true
	assert_status 0
}

@test "PATH has a default without the administrator's parts for a user" {
	needroot
	needprogram setpriv
	with -- -u nobody
	assert_env PATH /usr/local/bin:/usr/bin:/bin
	rm "$REPORT"
	run_c "${clean[@]}" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_env PATH /usr/local/bin:/usr/bin:/bin
}

@test "with --user it has that user's variables, without his session" {
	needroot
	local user passwd
	for user in nobody daemon root; do
		passwd=$(getent passwd "$user")
		with USER=x LOGNAME=y SHELL=/z XDG_RUNTIME_DIR=/run/x -- \
			-u "$user"
		assert_env USER "$user"
		assert_env LOGNAME "$user"
		assert_env HOME "$(cut -d : -f 6 <<<"$passwd")"
		assert_env SHELL "$(cut -d : -f 7 <<<"$passwd")"
		refute_env XDG_RUNTIME_DIR
	done
	# by number, with an entry and without
	with -- -u 1
	assert_env USER "$(getent passwd 1 | cut -d : -f 1)"
	with USER=x SHELL=/z -- -u 54321:54321
	assert_env HOME /
	assert_env USER 54321
	assert_env LOGNAME 54321
	assert_env SHELL /bin/sh
	# a group alone is no other user
	with USER=x XDG_RUNTIME_DIR=/run/x -- -g nogroup
	assert_env USER x
	assert_env HOME /h
	assert_env XDG_RUNTIME_DIR /run/x
	with XDG_RUNTIME_DIR=/run/x -- -u nobody -E XDG_RUNTIME_DIR
	assert_env XDG_RUNTIME_DIR /run/x
}

@test "--env-file has lines NAME=VALUE, taken as they are, and comments" {
	cd "$T"
	printf '%s\n' '# a comment' '' 'A=1' '#B=2' 'C="quoted"' "D='x'" \
		'E= space around ' 'F=a=b=c' 'G=' 'H=x # no comment' \
		'I=$HOME `id` \n' '_under_1=x' 'J=back\' 'LD_X=meant' \
		$'K=\tt\xc3\xa4\xff' "L=$(printf '%0100000d' 0)" >"$T/file"
	printf 'M=no newline at the end' >>"$T/file"
	raw "PATH=$path" -- --env-file=file
	assert_silent
	raw_is HOME=/h "DZ_TEST_MARK=$T" "PATH=$path" A=1 'C="quoted"' "D='x'" \
		'E= space around ' 'F=a=b=c' 'G=' 'H=x # no comment' \
		'I=$HOME `id` \n' '_under_1=x' 'J=back\' 'LD_X=meant' \
		$'K=\tt\xc3\xa4\xff' "L=$(printf '%0100000d' 0)" \
		'M=no newline at the end'
	: >"$T/file"
	raw -- --env-file="$T/file"
	raw_is HOME=/h "DZ_TEST_MARK=$T" "PATH=$path"
}

@test "a bad line of --env-file is refused by its number, without its text" {
	local line file=$T/file
	while IFS= read -r line; do
		printf 'A=1\n# \n\n%b\nB=2\n' "$line" >"$file"
		refused 66 "cannot read environment file: $file: .*line 4[^0-9]" \
			--env-file="$file" || fail "line: $line"
		[[ $err != *secret* ]] || fail "leaks: $err"
	done <<-'END'
		secret
		=secret
		1A=secret
		 A=secret
		export A=secret
		A =secret
		A-B=secret
		A.B=secret
		secret"A=1
		\xef\xbb\xbfA=secret
		A=secret\r
		\r
		\xc3\xa4=secret
	END
	printf 'secret=1\nA=a\0secret\n' >"$file"
	refused 66 "cannot read environment file: $file: .*NUL" \
		--env-file="$file"
	[[ $err != *secret* ]] || fail "leaks: $err"
}

@test "an --env-file that cannot be read is said" {
	local file=$T/file
	refused 66 "cannot read environment file: $T/none: No such file" \
		--env-file="$T/none"
	refused 66 "cannot read environment file: $T/none/x: No such file" \
		--env-file="$T/none/x"
	{
		printf 'A='
		head -c 2000000 /dev/zero | tr '\0' x
		echo
	} >"$file"
	refused 66 "cannot read environment file: $file: File too large" \
		--env-file="$file"
	refused 64 'cannot understand the command line: --env-file: ' \
		--env-file=
}

@test "an --env-file that is no plain file of ours is refused, at once" {
	local file want
	mkdir "$T/dir"
	echo A=1 >"$T/file"
	ln -s file "$T/link"
	ln -s none "$T/dangling"
	echo A=1 >"$T/hard"
	ln "$T/hard" "$T/hard2"
	mkfifo "$T/fifo"
	echo A=1 >"$T/world"
	chmod 666 "$T/world"
	mkdir "$T/open"
	echo A=1 >"$T/open/file"
	chmod 777 "$T/open"
	while read -r file want; do
		RUN_SECONDS=5 refused 77 \
			"cannot read environment file: $file: unsafe: $want" \
			--env-file="$file" || fail "$file"
	done <<-END
		$T/dir it is not a regular file
		$T/link it is a symbolic link
		$T/dangling it is a symbolic link
		$T/hard it has more than one hard link
		$T/fifo it is not a regular file
		/dev/null it is not a regular file
		/dev/tty it is not a regular file
		$T/world other users can write to it
		$T/open/file other users can change a directory
	END
	# The way may have links.
	ln -s dir "$T/way"
	mv "$T/file" "$T/dir/file"
	with -- --env-file="$T/way/../way/file"
	assert_env A 1
}

@test "an --env-file is root's, the caller's or the daemon's user's" {
	needroot
	needprogram setpriv
	local unsafe='cannot read environment file: .*: unsafe: '
	mkdir "$T/his"
	echo A=1 | tee "$T/file" "$T/his/file" "$T/group" "$T/secret" >"$T/ours"
	chown nobody "$T/file" "$T/his" "$T/his/file"
	chgrp daemon "$T/group"
	chmod 664 "$T/group"
	chmod 600 "$T/secret"
	refused 77 "${unsafe}it belongs to another user" --env-file="$T/file"
	refused 77 "${unsafe}it belongs to another user" -u daemon \
		--env-file="$T/file"
	refused 77 "${unsafe}other users can change a directory" \
		--env-file="$T/his/file"
	refused 77 "${unsafe}other users can write" --env-file="$T/group"
	with -- -u nobody --env-file="$T/file"
	assert_env A 1
	with -- -u nobody --env-file="$T/his/file"
	assert_env A 1
	# root's own secrets are for the daemon
	with -- -u nobody --env-file="$T/secret"
	assert_env A 1
	# an ordinary caller takes root's files, and not more than he may
	local as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	rm "$REPORT"
	run_c "${as_nobody[@]}" "$DAEMONIZE" --env-file="$T/ours" \
		"$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_env A 1
	run_c "${as_nobody[@]}" "$DAEMONIZE" --env-file="$T/secret" "$PROBE" -
	assert_refused 66 'cannot read environment file: .*: Permission denied'
	chown daemon "$T/ours"
	run_c "${as_nobody[@]}" "$DAEMONIZE" --env-file="$T/ours" "$PROBE" -
	assert_refused 77 "${unsafe}it belongs to another user"
}

@test "the program is searched in the PATH that the daemon will have" {
	local dir
	for dir in one two; do
		mkdir "$T/$dir"
		printf '#!/bin/sh\necho %s >"$1.new"; mv "$1.new" "$1"\n' "$dir" \
			>"$T/$dir/prog"
		chmod 755 "$T/$dir/prog"
	done
	found() { # DIR VARIABLES... -- OPTIONS...
		local dir=$1 variables=()
		shift
		while [[ $1 != -- ]]; do
			variables+=("$1")
			shift
		done
		shift
		rm -f "$T/found"
		run_c "${clean[@]}" "${variables[@]}" "$DAEMONIZE" "$@" prog \
			"$T/found"
		assert_status 0 || return 1
		wait_for test -s "$T/found" || return 1
		assert_content "$T/found" "$dir"
	}
	local std=/usr/bin:/bin
	echo "PATH=$T/two:$std" >"$T/file"
	found one "PATH=$T/one:$T/two:$std" --
	found two "PATH=$T/none:$T/two:$std" --
	found two "PATH=$T/one:$std" -- -E "PATH=$T/two:$std"
	found two "PATH=$T/one:$std" -- --env-file="$T/file"
	found one "PATH=$T/two:$std" -- --clear-env -E "PATH=$T/one:$std"
	found one "PATH=$T/one:$std" -- --keep-env
	# what is no program is passed over
	chmod 644 "$T/one/prog"
	found two "PATH=$T/one:$T/two:$std" --
	rm "$T/one/prog"
	mkdir "$T/one/prog"
	found two "PATH=$T/one:$T/two:$std" --
	# and a directory that is not absolute is never searched
	cd "$T/two"
	for dir in . '' : two ../two; do
		run_c "${clean[@]}" "PATH=$std" "$DAEMONIZE" -c "$T/two" \
			-E "PATH=$dir" prog "$T/found"
		[[ $dir != '' ]] || continue
		assert_refused 127 'cannot find program: prog: not found' ||
			fail "PATH=$dir"
	done
}

@test "what the caller may not execute is passed over, as by env" {
	local path by=() std=/usr/bin:/bin
	mkdir "$T/private" "$T/one" "$T/dir" "$T/dir/prog"
	echo 'exit 9' >"$T/private/prog"
	chmod 700 "$T/private/prog"
	executable "$T/one/prog" <<-'END'
		#!/bin/sh
		exit 7
	END
	if ((EUID == 0)); then
		by=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	else
		chmod 611 "$T/private/prog"
	fi
	DAEMONIZE=$(own "$DAEMONIZE")
	for path in "$T/private" "$T/dir:$T/private" "$T/private:$T/dir"; do
		run_c "${by[@]}" env PATH="$path:$T/one:$std" \
			"$DAEMONIZE" -f prog
		assert_status 7 || fail "$path"
		run_c "${by[@]}" env PATH="$path:$std" "$DAEMONIZE" -f prog
		assert_refused 126 'cannot execute: prog: Permission denied' ||
			fail "$path"
	done
}

@test "what is on a noexec file system is passed over, by root too" {
	needroot
	executable "$T/noexec" <<-'END'
		#!/bin/sh
		mount -t tmpfs -o noexec none "$1/mount" || exit 125
		cp "$1/prog" "$1/mount/prog"
		PATH=$1/mount:$1:$PATH
		shift
		exec "$@"
	END
	mkdir "$T/mount"
	executable "$T/prog" <<-'END'
		#!/bin/sh
		exit 7
	END
	run_c unshare -m "$T/noexec" "$T" "$DAEMONIZE" -f prog
	assert_status 7
}

@test "the program is searched with the daemon's rights" {
	needroot
	mkdir -m 700 "$T/private"
	cp "$(type -P false)" "$T/private/prog"
	printf '#!/bin/sh\necho right\n' >"$T/bin/prog"
	chmod 755 "$T/bin/prog"
	run_c env PATH="$T/private:$T/bin:$PATH" "$DAEMONIZE" -u nobody \
		-o "$T/out" prog
	assert_status 0
	wait_for has_line "$T/out" '^right$'
	# a program that only root may execute
	chmod 755 "$T/private"
	chmod 700 "$T/private/prog"
	run_c env PATH="$T/private:$T/bin:$PATH" "$DAEMONIZE" -u nobody \
		-o "$T/out2" prog
	assert_status 0
	wait_for has_line "$T/out2" '^right$'
	# and none that he may
	run_c env PATH="$T/private:/usr/bin" "$DAEMONIZE" -u nobody prog
	assert_refused 126 'cannot execute: prog: Permission denied'
}

@test "--env-file: what another user could have moved there is not handed to him" {
	needroot
	local place
	movable_places
	for place in "$T/home" "$T/sticky"; do
		(umask 077 && echo KEY=secret >"$place/env")
		run_d -u nobody --env-file="$place/env" true
		assert_refused 77 "cannot read environment file: $place/env: unsafe: another user could have moved it there\$"
		chown nobody "$place/env"
		run_d -u nobody --env-file="$place/env" true
		assert_status 0
	done
	mkdir -m 700 "$T/private"
	(umask 077 && echo KEY=secret >"$T/private/env")
	ln -s "$T/private" "$T/sticky/old"
	run_d -u nobody --env-file="$T/sticky/old/env" true
	assert_refused 77 '.*: unsafe: another user could have moved it there$'
	# Who reads it himself may have it from root.
	echo KEY=root >"$T/sticky/roots"
	run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$(own "$DAEMONIZE")" -f --env-file="$T/sticky/roots" sh -c 'echo "$KEY"'
	assert_out root
	(umask 077 && echo KEY=secret >"$T/env")
	run_d -f -u nobody --env-file="$T/env" sh -c 'echo "$KEY"'
	assert_out secret
}
