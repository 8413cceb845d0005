#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --caps keeps exactly what it names, raised only after the proof that nothing
# else is left; --no-new-privs.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load lib/common

NONE=0000000000000000

setup() {
	setup_dir
	D=$(own "$DAEMONIZE")
	FAULT=$(own "$HELPERS/fault")
	will_be_traced
}

# sets_are VALUE: all five.
sets_are() {
	local set
	for set in inh prm eff bnd amb; do
		assert_report "cap.$set" "$1" || return 1
	done
	assert_report securebits 0 || return 1
	assert_report dumpable 1
}

# as_nobody CAPABILITIES COMMAND...: $by is that command, with these only.
as_nobody() {
	local caps=$1
	shift
	by=(setpriv --reuid 65534 --regid 65534 --clear-groups
		"--inh-caps=-all$caps" "--ambient-caps=-all$caps" "$@")
}

# held: what this caller has, by name.
held() {
	local bits i=0 name
	bits=$((0x$(awk '/^CapPrm/ { print $2 }' /proc/self/status) &
		0x$(awk '/^CapBnd/ { print $2 }' /proc/self/status)))
	while read -r name; do
		((bits >> i++ & 1)) && printf '%s %016x\n' "$name" $((1 << (i - 1)))
	done < <(sed -n 's/^CAPABILITY(\(.*\))$/\1/p' "$SRCDIR/src/caps.def")
	return 0
}

# lacking: one that this caller does not have, if there is one.
lacking() {
	sed -n 's/^CAPABILITY(\(.*\))$/\1/p' "$SRCDIR/src/caps.def" |
		grep -vxF "$(held | cut -d ' ' -f 1)" | head -n 1
}

@test "the list of capabilities is the kernel's" {
	local file=/usr/include/linux/capability.h
	[[ -e $file ]] || skip "kernel: no headers"
	# A newer header may have more.
	sed -n 's/^#define CAP_\([A-Z_]*\)[[:space:]]*\([0-9]*\)$/\2 \L\1/p' "$file" |
		sort -n | sed 's/^[0-9]* //' >"$T/header"
	sed -n 's/^CAPABILITY(\(.*\))$/\1/p' "$SRCDIR/src/caps.def" >"$T/ours"
	assert_equal "$(head -n "$(wc -l <"$T/header")" "$T/ours")" \
		"$(head -n "$(wc -l <"$T/ours")" "$T/header")" "the list"
}

@test "a new user keeps exactly the capabilities that are named" {
	needroot
	local options
	probe_report -u nobody --caps=net_bind_service
	sets_are 0000000000000400
	assert_report uid '65534 65534 65534 65534'
	assert_report groups 65534
	probe_report -u nobody --caps=Cap_Chown,NET_raw,cap_net_bind_service
	sets_are 0000000000002401
	probe_report -u 4711:4712 -G 5 --caps=kill
	sets_are 0000000000000020
	assert_report uid '4711 4711 4711 4711'
	probe_report -u nobody --caps=
	sets_are "$NONE"
	probe_setup
	run_d -f -u nobody --caps=fowner "$PROBE" "$REPORT" exit
	assert_status 0
	sets_are 0000000000000008
}

@test "each capability that the caller has can be kept, by its own name" {
	needroot
	local name bit
	probe_setup
	while read -r name bit; do
		rm -f "$REPORT"
		run_d -f -u nobody "--caps=$name" "$PROBE" "$REPORT" exit
		assert_status 0 || fail "with $name"
		sets_are "$bit" || fail "with $name"
	done < <(held)
	probe_report -u nobody "--caps=$(held | cut -d ' ' -f 1 | paste -sd ,)"
	sets_are "$(printf %016x $((16#$(report_value cap.bnd))))"
	[[ $(report_value cap.eff) != "$NONE" ]]
}

@test "root without another user has what is named, and never more" {
	needroot
	needprogram setpriv
	local options
	for options in '' '-u root' '-g daemon' -f; do
		probe_setup
		# shellcheck disable=SC2086 # a list
		run_d $options --caps=net_raw "$PROBE" "$REPORT" exit
		assert_status 0
		wait_for test -s "$REPORT"
		sets_are 0000000000002000
	done
	# No exec of root's gives it back.
	run_d -f --caps= sh -c '"$0" /tmp/x; exec grep Cap /proc/self/status' true
	assert_status 0
	refute grep -q '[1-9a-f]$' <(grep -v '^$' <<<"$out")
	run_d -f --caps= setpriv --reuid 65534 true
	[[ $status != 0 ]] || fail "it could change its user"
}

@test "an ordinary program uses what it has kept" {
	needroot
	needprogram python3
	printf '%s\n' 'import socket, sys' 's = socket.socket()' \
		's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)' \
		's.bind(("127.0.0.1", int(sys.argv[1])))' >"$T/bind"
	local start port
	start=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)
	((start > 600)) || skip "kernel: ports from $start on are free"
	port=$((500 + RANDOM % 100))
	run_d -f -u nobody --caps=net_bind_service python3 "$T/bind" "$port"
	assert_status 0
	run_d -f -u nobody --caps=kill python3 "$T/bind" "$port"
	[[ $status != 0 ]] || fail "without the capability"
}

@test "capabilities take no effect before the program: proof, chdir, outputs" {
	needroot
	mkdir -m 700 "$T/closed"
	run_d -u nobody --caps=dac_override,dac_read_search -c "$T/closed" true
	assert_refused 77 'cannot change directory to: .*: Permission denied' ||
		assert_refused 66 'cannot change directory to: .*: Permission denied'
	# What could become root again is kept as it is asked, after the proof.
	probe_report -u nobody --caps=setuid,setgid
	sets_are 00000000000000c0
}

@test "what the caller does not have is refused before anything is done" {
	needroot
	needprogram setpriv
	local name by
	as_nobody '' "$D" --caps=chown touch "$T/ran"
	run_c "${by[@]}"
	assert_refused 77 'cannot keep capability: chown: the caller does not have it$'
	as_nobody ,+chown "$D" -x --caps=chown,kill,fowner touch "$T/ran"
	run_c "${by[@]}"
	assert_refused 77 'cannot keep capability: fowner,kill: the caller does not'
	run_c setpriv --bounding-set -chown "$D" -u nobody --caps=chown \
		touch "$T/ran"
	assert_refused 77 'cannot keep capability: chown: the caller does not have'
	name=$(lacking)
	if [[ -n $name ]]; then
		run_d "--caps=$name" touch "$T/ran"
		assert_refused 77 "cannot keep capability: $name: the caller"
	fi
	refute_exists "$T/ran"
}

@test "an ordinary caller hands on what he has, if it is named" {
	needroot
	needprogram setpriv
	local by
	as_nobody ,+net_bind_service,+chown "$D" --caps=net_bind_service
	probe_report_by "${by[@]}"
	assert_report uid '65534 65534 65534 65534'
	local set
	for set in inh prm eff amb; do
		assert_report "cap.$set" 0000000000000400
	done
	as_nobody ,+setpcap,+chown "$D" --caps=chown
	probe_report_by "${by[@]}"
	sets_are 0000000000000001
	# Another user with --caps: the bounding set is promised, too.
	as_nobody ,+setuid,+setgid,+chown "$D" -u daemon --caps=chown
	run_c "${by[@]}" touch "$T/ran"
	assert_refused 77 'cannot reduce capability bounding set: Operation not'
	refute_exists "$T/ran"
	as_nobody ,+setuid,+setgid,+chown,+setpcap "$D" -u daemon --caps=chown
	probe_report_by "${by[@]}"
	sets_are 0000000000000001
	assert_report uid '1 1 1 1'
}

@test "in a user namespace, root has what is named" {
	run_c unshare -Ur true
	[[ $status == 0 ]] || skip "kernel: no user namespaces"
	probe_setup
	run_c unshare -Ur "$D" --caps=net_admin "$PROBE" "$REPORT" exit
	assert_status 0
	wait_for test -s "$REPORT"
	sets_are 0000000000001000
}

@test "a caller's securebits cannot keep more, and may forbid it" {
	needroot
	needprogram setpriv
	probe_report_by setpriv --securebits +no_setuid_fixup "$D" -u nobody \
		--caps=chown
	local set
	for set in inh prm eff bnd amb; do
		assert_report "cap.$set" 0000000000000001
	done
	# Root without root's rights has none to keep.
	run_c setpriv --securebits +noroot "$D" --caps=chown touch "$T/ran"
	assert_refused 77 'cannot keep capability: chown: the caller does not'
	refute_exists "$T/ran"
}

@test "--no-new-privs is for everybody, and takes nothing away" {
	probe_report --no-new-privs
	assert_report nonewprivs 1
	probe_setup
	run_d -f --no-new-privs "$PROBE" "$REPORT" exit
	assert_status 0
	assert_report nonewprivs 1
	needroot
	probe_report -u nobody --caps=chown --no-new-privs
	sets_are 0000000000000001
	assert_report nonewprivs 1
	probe_report -u nobody
	assert_report nonewprivs 0
}

# able CAPABILITIES: $T/able is a program that has these of its file.
able() {
	cp --remove-destination "$HELPERS/static" "$T/able"
	setcap "$1" "$T/able"
}

# too_much OPTION...: a start of it is refused, and changes nothing.
too_much() {
	echo old >"$T/old"
	run_d "$@" -o "$T/old" "$T/able"
	assert_refused 126 "cannot execute: $T/able: its file capabilities go beyond the bounding set: see --caps \\(net_bind_service\\)$" ||
		fail "with ${*@Q}" || return 1
	assert_content "$T/old" old || fail "with ${*@Q}" || return 1
	# The kernel would say the same.
	run_d "$@" "$T/able"
	assert_refused 126 'cannot execute: .* go beyond the bounding set'
}

# takes_all COMMAND...: it is refused by nobody.
takes_all() {
	echo old >"$T/old"
	run_c "$@" -o "$T/old" "$T/able"
	assert_status 0 || fail "with ${*@Q}" || return 1
	assert_content "$T/old" '' || fail "with ${*@Q}"
}

@test "a program whose file wants more than it may get changes nothing" {
	needroot
	needprogram setcap setpriv
	local pid
	able cap_net_bind_service,cap_chown=ep
	too_much --caps=chown
	too_much -u nobody --caps=chown
	too_much -f -u nobody --caps=chown --no-new-privs
	printf '#!%s\n' "$T/able" >"$T/script"
	chmod 755 "$T/script"
	run_d -u nobody --caps=chown "$T/script"
	assert_refused 126 "cannot execute: $T/script: .* \\($T/able: net_bind_service\\)$"
	start -p "$T/pid" sleep 600
	pid=$(cat "$T/pid")
	run_d --restart -p "$T/pid" -u nobody "$T/able"
	assert_refused 126 '.* beyond the bounding set: see --caps \(chown,net_bind'
	alive "$pid" || fail "it was stopped"
	takes_all "$D"
	takes_all "$D" -u nobody --caps=net_bind_service,chown
	able cap_net_bind_service,cap_chown=p
	takes_all "$D" -u nobody
	able cap_net_bind_service,cap_chown=ei
	takes_all "$D" -u nobody
}

@test "a program's file capabilities that do not count hinder nobody" {
	needroot
	needprogram setcap
	able cap_chown=ep
	mkdir "$T/nosuid"
	run_c unshare -m sh -c 'mount -t tmpfs -o nosuid none "$2" &&
		cp "$3" "$2" && setcap cap_chown=ep "$2/able" &&
		exec "$1" -u nobody -o "$4" "$2/able"' \
		sh "$D" "$T/nosuid" "$T/able" "$T/old"
	assert_status 0
	# Those in another mount namespace.
	run_bg unshare -m sh -c 'mount -t tmpfs none "$1" && cp "$2" "$1" &&
		setcap cap_chown=ep "$1/able" && : >"$3" && exec sleep 600' \
		sh "$T/nosuid" "$T/able" "$T/there"
	wait_for test -e "$T/there"
	run_c sh -c 'exec 8<"/proc/$1/root$2/able" &&
		exec "$3" -u nobody --keep-fd=8 -o "$4" /proc/self/fd/8' \
		sh "$bg" "$T/nosuid" "$D" "$T/old"
	assert_status 0
	# Those of another user namespace, and of a script.
	setcap -n 1000 cap_chown=ep "$T/able"
	takes_all "$D" -u nobody
	rm "$T/able"
	printf '#!/bin/sh\n' >"$T/able"
	chmod 755 "$T/able"
	setcap cap_chown=ep "$T/able"
	takes_all "$D" -u nobody
}

@test "the plan says which capabilities stay, and after which proof" {
	needroot
	run_d -x -u nobody --caps=CAP_KILL,chown --no-new-privs true
	assert_status 0
	assert_equal "$(grep -E 'capabilit|user|proof|prove|privileges' <<<"$out" |
		sed 's/^  daemon  //')" "clear ambient capabilities
reduce capability bounding set: chown,kill
keep capabilities past the user: chown,kill
set user: 65534 (nobody)
drop capabilities
prove that privileges are gone
raise capabilities: chown,kill
forbid new privileges" "the plan"
}

@test "names are understood strictly" {
	local list
	for list in ',' 'chown,' ',chown' 'chown,,kill' cap_ chow 0 all +chown -chown \
		'chown kill' ' chown' cap_cap_chown CAP_; do
		run_d "--caps=$list" touch "$T/ran"
		assert_refused 64 'cannot understand the command line: --caps: not a list' ||
			fail "with $list"
	done
	refute_exists "$T/ran"
}

@test "nothing of the limits and capabilities costs what it was not asked for" {
	needroot
	local with without
	run_c "$FAULT" -o "$CAP/calls" "$D" -u nobody true
	without=$(grep -c '^2 \(prctl\|capset\|capget\) ' "$CAP/calls")
	run_c "$FAULT" -o "$CAP/calls" "$D" -u nobody --caps= true
	with=$(grep -c '^2 \(prctl\|capset\|capget\) ' "$CAP/calls")
	((without < with)) || fail "$without calls, with --caps= $with"
	# The sets, the bounding one, and one look at each.
	grep -q '^2 capset 1 0' "$CAP/calls"
}

# The prctl and cap calls of the daemon with --caps, from $asked.
asked=(-u nobody --caps=net_bind_service --no-new-privs)

# never_runs WISH: and nothing is left.
never_runs() {
	mkdir -p "$T/place"
	snapshot "$T/place"
	run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" "$FAULT" -o "$CAP/faults" \
		-w "$1" "$D" -p "$T/place/pid" -L "$T/place/log" \
		"${asked[@]}" touch "$T/ran"
	[[ $status == 7[17] ]] || fail "status $status: $1" || return 1
	assert_message 'cannot [a-z ]*(capabilit|new privileges|privileges are)' ||
		fail "with $1" || return 1
	assert_nothing_left "$T/place" || fail "with $1" || return 1
	assert_content "$CAP/left" '' || fail "with $1" || return 1
	refute_exists "$T/ran" || fail "with $1"
}

@test "whatever call fails or pretends, nothing runs with other capabilities" {
	needroot
	local call n result wish
	run_c "$FAULT" -o "$CAP/calls" "$D" "${asked[@]}" true
	assert_status 0
	# Of the many equal looks, some; all that change something.
	awk '$1 == 2 && $2 ~ /^(prctl|capset|capget)$/ { print $2, $3, $4 }' \
		"$CAP/calls" >"$T/made"
	(($(wc -l <"$T/made") > 100))
	while read -r call n result; do
		never_runs "2:$call:$n=EPERM"
	done < <(awk '$1 != "prctl" || n++ % 23 == 0 { print; next }
		{ held = held $0 "\n"; last[n] = $0 } END {
		for (i = n - 4; i <= n; i++) if (last[i]) print last[i] }' "$T/made")
	never_runs 2:capset:1=0
	never_runs 2:capset:2=0
	# Keeping, raising, and the last one: success that is none.
	n=$(grep -n '^capset 1 ' "$T/made" | cut -d : -f 1)
	n=$(head -n "$n" "$T/made" | grep -c ^prctl)
	never_runs "2:prctl:$((n - 1))=0"
	never_runs "2:prctl:$((n + 1))=0"
	never_runs "2:prctl:$((n + 1))=ENOMEM"
	assert_match "$err" 'raise capabilities: .*(Cannot allocate|Out of) memory'
	n=$(grep -c ^prctl "$T/made")
	never_runs "2:prctl:$((n - 1))=0"
	never_runs "2:prctl:$n=0"
}

@test "privileges that can be taken back are noticed with --caps, too" {
	needroot
	local call
	asked=(-u nobody '--caps=setuid,setgid')
	for call in setresuid:2 setuid:1 setresgid:2 setgid:1 setgroups:2; do
		never_runs "2:$call=0" || fail "with $call"
		assert_message 'cannot prove that privileges are gone: they could'
	done
}

# memory WHAT OPTION...: the daemon's, of which the middle is no parent, is that.
memory() {
	local what=$1
	shift
	rm -f "$CAP/trace"
	run_c "${by[@]}" strace -f -o "$CAP/trace" -e trace=clone "$D" \
		"$@" true
	assert_status 0
	assert_equal "$(sed -n '/CLONE_PARENT|/s/.*CLONE_VM.*/shared/p' "$CAP/trace")" \
		"${what/#copied}" "memory with $*"
}

@test "no memory is shared with the front by whom others could trace" {
	needroot
	needprogram strace unshare mount setpriv
	local by=()
	will_be_traced
	memory copied --caps=
	memory copied -u root --caps=chown
	# Only the groups are others', and all capabilities go.
	by=(setpriv --reuid=nobody --regid=nogroup --clear-groups
		"--inh-caps=+setgid,+setuid" "--ambient-caps=+setgid,+setuid")
	chmod 777 "$CAP"
	memory copied -G games
	# The kernel lets nobody, unless it is told to.
	by=(unshare -m --propagation private bash -c
		'mount --bind "$0" /proc/sys/fs/suid_dumpable && exec "$@"' "$T/value")
	echo 1 >"$T/value"
	memory copied -u nobody
	memory copied -g nogroup
	echo 2 >"$T/value"
	memory shared -u nobody
	echo 0 >"$T/value"
	memory shared -u nobody
	memory shared -u nobody --caps=chown
}
