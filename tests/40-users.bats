#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Who the daemon is: --user, --group and --groups by name and by number, and
# that no spelling ever means somebody else.
#
# shellcheck disable=SC2016,SC2034,SC2154

load lib/common

# Runs its arguments where the machine has the users and groups below, in a
# mount namespace of its own: the machine's own files stay as they are.
setup() {
	setup_dir
	D=$(own "$DAEMONIZE")
	FAULT=$(own "$HELPERS/fault")
	HOUSE=$T/house
	cat >"$HOUSE" <<-'END'
		#!/bin/sh
		dir=${0%/*}
		for name in passwd group nsswitch.conf; do
			mount --bind "$dir/$name" "/etc/$name" || exit 125
		done
		exec "$@"
	END
	chmod 755 "$HOUSE"
	touch "$T/nsswitch.conf"
	printf '%s: files\n' passwd group >"$T/nsswitch.conf"
	cat >"$T/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
		keeper:x:7001:7001::/srv/keeper:/bin/keepsh
		4321:x:7002:7002::/srv/digits:/bin/sh
		0day:x:7003:7003::/srv/zero:/bin/sh
		joiner:x:7004:7004::/srv/joiner:/bin/sh
	END
	cat >"$T/group" <<-'END'
		root:x:0:
		daemon:x:1:
		nogroup:x:65534:
		keeper:x:7001:
		one:x:7101:other,keeper
		two:x:7102:keeper
		three:x:7103:other
		4321:x:7201:
		0xf:x:7202:
	END
	seq 8001 9000 | sed 's/.*/many&:x:&:joiner/' >>"$T/group"
}

house() { printf '%s\n' unshare -m "$HOUSE" "$D"; }

# becomes UID GID GROUPS OPTION...: among the users above.
becomes() {
	local uid=$1 gid=$2 groups=$3 by
	shift 3
	mapfile -t by < <(house)
	probe_report_by "${by[@]}" "$@" || fail "with ${*@Q}" || return 1
	assert_report uid "$uid $uid $uid $uid" || fail "with ${*@Q}" ||
		return 1
	assert_report gid "$gid $gid $gid $gid" || fail "with ${*@Q}" ||
		return 1
	assert_report groups "$groups" || fail "with ${*@Q}" || return 1
	kill -KILL "$pid"
}

# refuses STATUS REGEX [COMMAND...] -- OPTION...: before any fork, and the
# program does not run.  COMMAND is what runs us.
refuses() {
	local wanted=$1 regex=$2 by=()
	shift 2
	while [[ $1 != -- ]]; do
		by+=("$1")
		shift
	done
	shift
	rm -f "$T/calls"
	# The leak check does not work in a process that is traced.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		run_c "${by[@]}" "$FAULT" -o "$T/calls" "$D" "$@" \
		touch "$T/ran"
	assert_refused "$wanted" "$regex" || fail "with ${*@Q}" || return 1
	has_line "$T/calls" '^0 write ' || fail "not recorded: ${*@Q}" ||
		return 1
	if has_line "$T/calls" '^. (v?fork|clone3?) '; then
		fail "it forked, with ${*@Q}" || return 1
	fi
	refute_exists "$T/ran"
}

# A spelling, and the status and words that refuse it; \n and \t as in printf.
odd_spellings() {
	cat <<-'END'
		0day            67
		4foo            67
		-1              67
		-0              67
		4294967295      67
		4294967296      67
		8589934591      67
		18446744073709551615 67
		18446744073709551616 67
		0x3e7           67
		 999            67
		+999            67
		999\x20         67
		9 9 9           67
		\t0             67
		0\n             67
		nobody\n        67
		\nnobody        67
		1e3             67
		٣               67
		65534.          67
		65534.0         67
		0.5             67
		65,534          67
		00              67
		065534          67
		0000000000      67
		~               67
		*               67
		.               67
		#0              67
		NOBODY          67
		no-such-user    67
		_no_such_user   67
	END
}

# each_spelling FUNCTION
each_spelling() {
	local line word status_wanted
	while IFS= read -r line; do
		word=${line% *}
		word=${word%"${word##*[! ]}"}
		status_wanted=${line##* }
		printf -v word '%b.' "$word"
		"$1" "${word%.}" "$status_wanted" || return 1
	done < <(odd_spellings)
}

odd_user() { refuses "$2" 'cannot find user: .*: no such ' -- -u "$1"; }
odd_group() { refuses "$2" 'cannot find group: .*: no such ' -- -g "$1"; }
odd_both() {
	refuses "$2" 'cannot find group: .*: no such ' -- -u "root:$1"
}
odd_in_list() {
	# A comma makes two of it.
	[[ $1 == *,* ]] ||
		refuses "$2" 'cannot find group: .*: no such ' -- -G "0,$1"
}

@test "an odd spelling of a user is an error, and never another user" {
	needroot
	each_spelling odd_user
}

@test "an odd spelling of a group is an error, after -u too" {
	needroot
	each_spelling odd_group
	each_spelling odd_both
}

@test "an odd spelling in a list of groups is an error" {
	needroot
	each_spelling odd_in_list
	local list
	for list in ',' '0,' ',0' '0,,1'; do
		refuses 67 "cannot find group: $list: no such " -- -G "$list"
	done
	for list in '0, 1' '0 ,1' '0 1' '0;1'; do
		refuses 67 'cannot find group: .*no such ' -- -G "$list"
	done
}

@test "half of USER:GROUP is an error" {
	needroot
	local text
	for text in : root: :root :0 :: ::root; do
		refuses 64 'cannot understand the command line: --user: ' \
			-- -u "$text"
	done
	refuses 64 'cannot understand the command line: --user: ' -- -u ''
	refuses 64 'cannot understand the command line: --group: ' -- -g ''
	refuses 67 'cannot find group: 0:0: ' -- -u 0:0:0
	refuses 67 'cannot find group: :: ' -- -u 0::
	refuses 67 'cannot find group: 0:0: ' -- -g 0:0
}

@test "a very long name is an error, said in a bounded line" {
	needroot
	local long
	printf -v long '%100000s' ''
	refuses 67 'cannot find user: 9{100}' -- -u "${long// /9}"
	((${#err} < 4096)) || fail "a message of ${#err} characters"
	refuses 67 'cannot find group: x{100}' -- -g "${long// /x}"
	refuses 67 'cannot find group: x{100}' -- -u "root:${long// /x}"
	refuses 67 'cannot find group: 0{100}' -- -G "0,${long// /0}"
}

@test "a user is a name or a number, with the groups of the database" {
	needroot
	becomes 7001 7001 '7001 7101 7102' -u keeper
	becomes 7001 7001 '7001 7101 7102' -u 7001
	becomes 7001 7001 '7001 7101 7102' --user=keeper
	becomes 65534 65534 65534 -u nobody
	becomes 1 1 1 -u daemon
	becomes 0 0 0 -u root
	becomes 0 0 0 -u 0
	assert_env HOME /root
}

@test "a user brings his name, home and shell" {
	needroot
	becomes 7001 7001 '7001 7101 7102' -u 7001
	assert_env USER keeper
	assert_env LOGNAME keeper
	assert_env HOME /srv/keeper
	assert_env SHELL /bin/keepsh
}

@test "USER:GROUP and --group set the primary group" {
	needroot
	becomes 7001 7103 '7101 7102 7103' -u keeper:three
	becomes 7001 7103 '7101 7102 7103' -u keeper:7103
	becomes 7001 7103 '7101 7102 7103' -u 7001:three
	becomes 7001 7103 '7101 7102 7103' -u keeper -g three
	becomes 7001 7103 '7101 7102 7103' -g 7103 -u 7001
	becomes 7001 7101 '7101 7102' -u keeper:one
	becomes 7001 0 '0 7101 7102' -u keeper:root
}

@test "a number without an entry needs a group, and works with one" {
	needroot
	refuses 64 'cannot find user: 12345: this number has no passwd entry' \
		-- -u 12345
	refuses 64 'cannot find user: 12345: this number has no passwd entry' \
		-- -u 12345 -G ''
	becomes 12345 54321 54321 -u 12345:54321
	assert_env USER 12345
	assert_env LOGNAME 12345
	assert_env HOME /
	assert_env SHELL /bin/sh
	becomes 12345 7101 7101 -u 12345 -g one
	becomes 12345 54321 '5 7102 54321' -u 12345:54321 -G two,5
	becomes 4294967294 4294967294 4294967294 -u 4294967294:4294967294
}

@test "a name of digits is a name, even if it is another's number" {
	needroot
	printf '%s\n' '7001:x:7009:7009::/srv/taken:/bin/sh' >>"$T/passwd"
	printf '%s\n' '7103:x:7109:' >>"$T/group"
	becomes 7002 7002 7002 -u 4321
	becomes 7003 7003 7003 -u 0day
	becomes 7009 7009 7009 -u 7001
	becomes 7002 7201 7201 -u 4321:4321
	becomes 7002 7202 7202 -u 4321 -g 0xf
	becomes 7001 7109 '7101 7102 7109' -u keeper:7103
	becomes 65534 65534 '7109 7201 65534' -u nobody -G 7103,4321
}

@test "--group alone changes the group only" {
	needroot
	becomes 0 7101 7101 -g one
	becomes 0 7101 7101 -g 7101
	becomes 0 7101 '7101 7102' -g one -G two
}

@test "--groups is the exact list, and the primary group always in it" {
	needroot
	becomes 7001 7001 '7001 7103' -u keeper -G three
	becomes 7001 7001 7001 -u keeper -G ''
	becomes 7001 7001 7001 -u keeper --groups=
	becomes 7001 7001 7001 -u keeper -G keeper
	becomes 7001 7001 '0 7001' -u keeper -G 0
	becomes 7001 7001 '5 7001 7101 7102 7103' \
		-u keeper -G three,5,one,7102,keeper,three,7103,5
	becomes 7001 7103 '7101 7103' -u keeper:three -G one
	becomes 0 0 '0 7101' -G one
	becomes 0 0 0 -G ''
	becomes 0 0 '0 7101' -u root -G one
}

@test "the caller's own groups do not stay with a new user" {
	needroot
	needprogram setpriv
	local with=(setpriv --groups '4,24,7777')
	probe_report_by "${with[@]}" "$D" -u nobody
	assert_report groups 65534
	probe_report_by "${with[@]}" "$D" -u 0
	refute grep -q '^groups=.*7777' "$REPORT"
	probe_report_by "${with[@]}" "$D" -G 5
	assert_report groups '0 5'
	# Without any of the options, nothing is asked.
	probe_report_by "${with[@]}" "$D"
	assert_report groups '4 24 7777'
}

@test "a thousand groups are a thousand groups" {
	needroot
	becomes 7004 7004 "7004 $(seq -s ' ' 8001 9000)" -u joiner
	becomes 7001 7001 "$(seq -s ' ' 20001 21000 | sed 's/^/7001 /')" \
		-u keeper -G "$(seq -s , 20001 21000)"
	becomes 7001 7001 "7001 $(seq -s ' ' 8001 8500)" -u keeper \
		-G "$(seq -s , 8001 8500),$(seq -s , 8001 8500)"
}

@test "more groups than the kernel takes is an error" {
	needroot
	local by
	mapfile -t by < <(house)
	seq 100001 165537 | sed 's/.*/g&:x:&:keeper/' >>"$T/group"
	run_c "${by[@]}" -u keeper touch "$T/ran"
	assert_refused 71 'cannot set supplementary groups: Invalid argument$'
	refute_exists "$T/ran"
}

@test "a group named twice, differently, is a conflict" {
	needroot
	local g
	for g in one 7103 three root; do
		refuses 64 'cannot understand the command line: --group: --user names a group already' \
			-- -u root:root -g "$g"
	done
	refuses 64 'cannot understand the command line: --group: ' \
		-- -g root -u root:root
}

@test "an ordinary user may name himself, and keeps his groups" {
	needroot
	needprogram setpriv
	local by=(unshare -m "$HOUSE" setpriv --reuid 7001 --regid 7001
		--groups "7001,7101,7777" "$D") options
	for options in '-u keeper' '-u 7001' '-u keeper:keeper' '-u 7001:7001' \
		'-u keeper -g 7001' '-g keeper' ''; do
		# shellcheck disable=SC2086 # a list
		probe_report_by "${by[@]}" $options
		assert_report uid '7001 7001 7001 7001'
		assert_report gid '7001 7001 7001 7001'
		assert_report groups '7001 7101 7777'
	done
	probe_report_by "${by[@]}" -u keeper
	assert_env HOME /srv/keeper
	# After newgrp(1), his group is another than the entry's.
	by=(setpriv --reuid 65534 --regid 1 --clear-groups "$D")
	probe_report_by "${by[@]}" -u nobody:1
	assert_report gid '1 1 1 1'
	probe_report_by "${by[@]}" -u nobody -g 1
	assert_report gid '1 1 1 1'
	run_c "${by[@]}" -u nobody true
	assert_refused 77 'cannot become: nobody: only a privileged user can$'
	by=(unshare -m "$HOUSE" setpriv --reuid 7001 --regid 7001
		--groups "7001,7101,7777" "$D")
	# What he has, he may also list.
	probe_report_by "${by[@]}" -G 7777,one
	assert_report groups '7001 7101 7777'
}

@test "root of a user namespace may name himself where groups are denied" {
	needroot
	needprogram setpriv unshare
	local options by=(setpriv --reuid 65534 --regid 65534
		--groups "65534,7777" unshare -Ur)
	run_c "${by[@]}" cat /proc/self/setgroups
	[[ $out == deny ]] || skip "kernel: no user namespaces, or all groups"
	by=(unshare -m "$HOUSE" "${by[@]}" "$D")
	for options in '-u root' '-u 0:0' '-g root' '-u root -g 0'; do
		# shellcheck disable=SC2086 # a list
		probe_report_by "${by[@]}" $options
		assert_report uid '0 0 0 0'
		assert_report gid '0 0 0 0'
		assert_report groups '0 65534'
	done
	# Mapped, but not to be set.
	run_c "${by[@]}" -u root -G '' true
	assert_refused 77 'cannot become: root: only a privileged user can$'
}

@test "an id that the user namespace does not have is refused before all else" {
	needroot
	needprogram unshare
	local by verb words='not all of its ids are mapped in this user namespace$'
	run_c unshare -r true
	((status == 0)) || skip "kernel: no user namespaces"
	start -p "$T/pid" sleep 1000
	for by in 'unshare -r' 'unshare -U'; do
		for verb in --explain --restart; do
			# shellcheck disable=SC2086 # words
			run_c $by "$DAEMONIZE" "$verb" -p "$T/pid" \
				-u daemon -g daemon sleep 1001
			[[ $by == *-U ]] || assert_refused 77 \
				"cannot become: daemon: $words" || fail "$verb"
			assert_status 77
			assert_alive "$(cat "$T/pid")"
		done
	done
	run_c unshare -r "$DAEMONIZE" -G daemon true
	assert_refused 77 "cannot become: daemon: $words"
	# One that is not mapped shows as this one.
	run_c unshare -U "$DAEMONIZE" -u 65534:65534 -G '' true
	assert_refused 77 "cannot become: 65534: $words|cannot become: nobody: $words"
	run_c unshare -r "$DAEMONIZE" -u root -G '' true
	assert_status 0
}

# refuses_him OPTION...: an ordinary user, before any fork.
refuses_him() {
	refuses 77 'cannot become.*: only a privileged user can$' \
		setpriv --reuid 65534 --regid 65534 --groups 65534,7777 -- "$@"
}

@test "an ordinary user cannot become another, and nothing is forked" {
	needroot
	needprogram setpriv
	chmod 1777 "$T"
	refuses_him -u root
	refuses_him -u 0
	refuses_him -u daemon
	refuses_him -u 12345:12345
	refuses_him -u nobody:daemon
	refuses_him -u nobody -g daemon
	refuses_him -g 0
	refuses_him -g daemon
	refuses_him -G ''
	refuses_him -G 7778
	refuses_him -u nobody -G 65534
	# What he is, he may ask for: the primary group counts anyway.
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups -- "$D" -G '' true
	assert_status 0
}

@test "an unknown user is said before the lack of permission" {
	needroot
	needprogram setpriv
	chmod 1777 "$T"
	refuses 67 'cannot find user: 0day: no such name' \
		setpriv --reuid 65534 --regid 65534 --clear-groups -- -u 0day
}

@test "a database that cannot be read is an error, not root" {
	needroot
	needprogram setpriv
	printf '' >"$T/passwd"
	printf '' >"$T/group"
	local by
	mapfile -t by < <(house)
	run_c "${by[@]}" -u keeper touch "$T/ran"
	assert_refused 67 'cannot find user: keeper: no such user'
	refute_exists "$T/ran"
	# Root is 0 without any database, but has no group then.
	run_c "${by[@]}" -u 0 touch "$T/ran"
	assert_refused 64 'cannot find user: 0: this number has no passwd'
	refute_exists "$T/ran"
	becomes 0 0 0 -u 0:0
}
