#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# P4: privileges are dropped for good, and then proven gone; also by a caller
# who holds odd ones, and on a kernel that lies.
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

# report_is_of UID GID GROUPS: nothing but that, and no capability at all.
report_is_of() {
	local set
	assert_report uid "$1 $1 $1 $1" || return 1
	assert_report gid "$2 $2 $2 $2" || return 1
	assert_report groups "$3" || return 1
	for set in inh prm eff amb; do
		assert_report "cap.$set" "$NONE" || return 1
	done
}

# dirty_probe WORD OPTION...: the probe, by a dirty caller.
dirty_probe() {
	local word=$1
	shift
	probe_setup
	run_c "$HELPERS/dirty" "$word" -- "$D" "$@" "$PROBE" "$REPORT" stay
	assert_status 0 || return 1
	wait_report "$REPORT"
}

bare_nobody() {
	report_is_of 65534 65534 65534 || return 1
	assert_report cap.bnd "$NONE"
}

# as_nobody CAPABILITIES COMMAND...: with these, and with them only.
as_nobody() {
	local caps=$1
	shift
	printf '%s\n' setpriv --reuid 65534 --regid 65534 --groups 65534,7777 \
		--inh-caps "-all$caps" --ambient-caps "-all$caps" "$@"
}

@test "a new user has his ids four times, his groups, and no capability" {
	needroot
	probe_report -u nobody
	bare_nobody
	assert_report securebits 0
	assert_report dumpable 1
	assert_report nonewprivs 0
}

@test "capabilities that the caller would hand on do not reach a new user" {
	needroot
	local word
	for word in inheritable-caps ambient-caps; do
		dirty_probe "$word" -u nobody
		bare_nobody
		assert_report dumpable 1
	done
}

@test "capabilities that the caller would hand on reach nobody at all" {
	needroot
	local word options
	for word in inheritable-caps ambient-caps; do
		for options in '' '-u root' '-g daemon' '-G 5'; do
			# shellcheck disable=SC2086 # a list
			dirty_probe "$word" $options
			assert_report cap.inh "$NONE"
			assert_report cap.amb "$NONE"
		done
	done
}

@test "root stays root, with what root has, without a new user" {
	needroot
	run_c "$HELPERS/probe" "$T/mine"
	probe_report
	assert_equal "$(report_lines cap.)" "$(grep ^cap. "$T/mine")" \
		"capabilities"
	assert_report securebits 0
	assert_report dumpable 1
}

@test "a caller who fixed his capabilities against setuid keeps none either" {
	needroot
	needprogram setpriv
	local bits
	for bits in +no_setuid_fixup \
		+no_setuid_fixup,+no_setuid_fixup_locked; do
		probe_report_by setpriv --securebits "$bits" "$DAEMONIZE" \
			-u nobody
		bare_nobody
	done
	probe_setup
	run_c setpriv --securebits +no_setuid_fixup "$HELPERS/dirty" \
		ambient-caps -- "$D" -u nobody "$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	bare_nobody
}

@test "a caller without new privileges gets none, and may drop them" {
	needroot
	dirty_probe nonewprivs -u nobody
	bare_nobody
}

@test "an ordinary caller with the capabilities for it can change the user" {
	needroot
	needprogram setpriv
	local by options
	for options in '-u daemon' '-u 1:1' '-u daemon -G'; do
		# shellcheck disable=SC2086 # a list
		mapfile -t by < <(as_nobody ,+setuid,+setgid "$D" $options)
		[[ $options != *-G ]] || by+=('')
		probe_report_by "${by[@]}"
		report_is_of 1 1 1
	done
	# Without CAP_SETPCAP, the bounding set is not his to change.
	mapfile -t by < <(as_nobody ,+setuid,+setgid,+setpcap "$D" -u daemon)
	probe_report_by "${by[@]}"
	report_is_of 1 1 1
	assert_report cap.bnd "$NONE"
}

@test "a bounding set that stays is not said to be reduced" {
	needroot
	needprogram setpriv
	local by options
	for options in '-v -u nobody' '-v -f -u nobody' '-x -u nobody' \
		'-x --json -u nobody'; do
		by=(setpriv --bounding-set -setpcap "$D")
		# shellcheck disable=SC2086 # a list
		run_c "${by[@]}" $options true
		assert_status 0
		refute grep bounding <<<"$out$err" || fail "with $options"
		# shellcheck disable=SC2086 # a list
		run_d $options true
		grep -q bounding <<<"$out$err" || fail "with $options"
	done
	probe_report_by "${by[@]}" -u nobody
	report_is_of 65534 65534 65534
	[[ $(report_value cap.bnd) != "$NONE" ]]
	mapfile -t by < <(as_nobody ,+chown "$D" -x --caps=chown true)
	run_c "${by[@]}"
	assert_status 0
	refute grep bounding <<<"$out"
	# It is an error with --caps and another user, so it is in that plan.
	run_c setpriv --bounding-set -setpcap "$D" -x -u nobody --caps= true
	assert_match "$out" 'reduce capability bounding set: none'
}

@test "one of the two capabilities is not enough" {
	needroot
	needprogram setpriv
	local cap by
	for cap in setuid setgid; do
		mapfile -t by < <(as_nobody ",+$cap" "$D" -u daemon)
		run_c "${by[@]}" touch "$T/ran"
		assert_refused 77 'cannot become: daemon: only a privileged'
	done
	refute_exists "$T/ran"
}

@test "an ordinary caller hands no capability to a program" {
	needroot
	needprogram setpriv
	local options by
	for options in '' '-u nobody' '-f'; do
		probe_setup
		# shellcheck disable=SC2086 # a list
		mapfile -t by < <(as_nobody ,+net_bind_service,+chown "$D" \
			$options)
		run_c "${by[@]}" "$PROBE" "$REPORT" exit
		assert_status 0
		wait_report "$REPORT"
		report_is_of 65534 65534 '7777 65534'
	done
}

@test "a caller who is two users at once is refused" {
	needroot
	needprogram setpriv
	local option why="its real and effective ids differ: .*, or its caller's do"
	for option in --ruid --rgid --euid --egid; do
		run_c setpriv "$option" 65534 --groups 65534 \
			"$D" -u daemon touch "$T/ran"
		assert_refused 77 "cannot run with borrowed privileges: $why"
	done
	refute_exists "$T/ran"
}

@test "a set-user-ID installation is refused" {
	needroot
	needprogram setpriv setcap
	chmod 1777 "$T"
	local file=$T/bin/suid
	cp "$D" "$file"
	chmod 4755 "$file"
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$file" touch "$T/ran"
	assert_refused 77 'cannot run with borrowed privileges: .*: it is set-ID'
	chmod 2755 "$file"
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$file" touch "$T/ran"
	assert_refused 77 'cannot run with borrowed privileges: .*: it is set-ID'
	chmod 755 "$file"
	setcap cap_setuid,cap_setgid+ep "$file"
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$file" -u root touch "$T/ran"
	assert_refused 77 'cannot run with borrowed privileges: it has file capabilities'
	refute_exists "$T/ran"
}

need_keyring() {
	run_c "$HELPERS/dirty" keyring:dirt -- true
	[[ $status == 0 ]] || skip "kernel: no keyrings"
}

@test "a new user gets a new session keyring, and sees no key of the caller" {
	needroot
	need_keyring
	# There is one to see.
	run_c "$HELPERS/dirty" keyring:dirt -- "$HELPERS/probe" -
	assert_match "$out" 'keyring.keys=(.* )?user:dirt'
	dirty_probe keyring:dirt -u nobody
	refute grep -q '^keyring.keys=.*dirt' "$REPORT"
	assert_match "$(report_value keyring)" '^[0-9]+ '
	probe_setup
	run_c "$HELPERS/dirty" keyring:dirt -- "$D" -f -u nobody \
		"$PROBE" "$REPORT" exit
	assert_status 0
	wait_report "$REPORT"
	refute grep -q '^keyring.keys=.*dirt' "$REPORT"
	assert_match "$(report_value keyring)" '^[0-9]+ '
	# Whoever stays himself keeps what is his.
	dirty_probe keyring:dirt
	grep -q '^keyring.keys=.*dirt' "$REPORT"
}

# Options that leave files if a start that fails is not cleaned up after.
place_options() {
	mkdir -p "$T/place"
	options=(-p "$T/place/pid" -l "$T/place/lock" -L "$T/place/log")
}

# faulty [BY...] : WISH OPTION...: the probe under a kernel with that fault.
faulty() {
	local by=() wish
	while [[ $1 != : ]]; do
		by+=("$1")
		shift
	done
	wish=$2
	shift 2
	probe_setup
	place_options
	snapshot "$T/place"
	run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" "${by[@]}" "$FAULT" \
		-w "$wish" "$D" "${options[@]}" "$@" "$PROBE" "$REPORT" exit
}

# never_runs STATUS REGEX [BY...] : WISH OPTION...
never_runs() {
	local wanted=$1 regex=$2
	shift 2
	faulty "$@"
	assert_refused "$wanted" "$regex" || fail "with ${*@Q}" || return 1
	assert_nothing_left "$T/place" || fail "with ${*@Q}" || return 1
	assert_content "$CAP/left" '' || fail "with ${*@Q}" || return 1
	refute_exists "$REPORT" || fail "with ${*@Q}"
}

# runs_bare [BY...] : WISH OPTION...: it does no harm.
runs_bare() {
	faulty "$@"
	assert_status 0 || fail "with ${*@Q}" || return 1
	assert_silent || return 1
	bare_nobody || fail "with ${*@Q}" || return 1
	rm -rf "$T/place"
}

# in_foreground STATUS REGEX WISH: the same without files.
in_foreground() {
	probe_setup
	run_c "$FAULT" -w "$3" "$D" -f -u nobody "$PROBE" "$REPORT" exit
	assert_refused "$1" "$2" || fail "with $3" || return 1
	refute_exists "$REPORT"
}

not_done='the kernel reported success, but nothing confirms it'
regained='cannot prove that privileges are gone: they could be taken back'

@test "a kernel that does not do what it says: the program never runs" {
	needroot
	local p mode
	for mode in 2 '0 -f'; do
		p=${mode%% *}
		set --
		[[ $mode == 2 ]] || set -- -f
		never_runs 77 "cannot set supplementary groups: $not_done" \
			: "$p:setgroups:1=0" -u nobody "$@" -G 5
		never_runs 77 "cannot set group: 65534: $not_done" \
			: "$p:setresgid:1=0" -u nobody "$@"
		never_runs 77 "cannot set user: nobody: $not_done" \
			: "$p:setresuid:1=0" -u nobody "$@"
		never_runs 77 "cannot set user: 12345: $not_done" \
			: "$p:setresuid:1=0" -u 12345:12345 "$@"
		never_runs 77 "cannot set supplementary groups: $not_done" \
			setpriv --groups 5 : "$p:setgroups:1=0" -u root "$@"
	done
}

@test "ids that the kernel does not tell truly are not believed" {
	needroot
	local wish
	for wish in 2:getresuid:1=EPERM 2:getresgid:1=EPERM 2:setfsuid:1=0 \
		2:setfsgid:1=0 2:setfsuid:2=0 2:setfsgid:2=0 \
		2:getresuid:2=EINVAL 2:getresgid:2=EINVAL \
		2:getgroups:3=0; do
		never_runs 77 "cannot (set (user|group): .*|prove that privileges are gone): $not_done" \
			: "$wish" -u nobody
	done
	# The last look of all.
	run_c "$FAULT" -o "$CAP/calls" "$D" -u nobody true
	wish=2:getgroups:$(grep -c '^2 getgroups ' "$CAP/calls")=0
	never_runs 77 "cannot prove that privileges are gone: $not_done" \
		: "$wish" -u nobody
}

@test "capabilities that stay are noticed" {
	needroot
	needprogram setpriv
	local fixed=(setpriv --securebits +no_setuid_fixup)
	never_runs 77 "cannot drop capabilities: $not_done" "${fixed[@]}" \
		: 2:capset:1=0 -u nobody
	never_runs 77 "cannot drop capabilities: $not_done" "${fixed[@]}" \
		"$HELPERS/dirty" ambient-caps -- : 2:capset:2=0 -u nobody
	# Without the caller's trick the kernel has taken them already.
	runs_bare : 2:capset:1=0 -u nobody
}

@test "a bounding set that stays is noticed" {
	needroot
	local n
	# PR_CAP_AMBIENT, then three calls a capability.
	run_c "$FAULT" -o "$CAP/calls" "$D" -u nobody true
	# shellcheck disable=SC2013 # words
	for n in $(awk '$1 == 2 && $2 == "prctl" && $3 > 1 && $4 == 0 &&
		before == 1 { print $3 } $1 == 2 { before = $4 }' \
		"$CAP/calls" | sed -n '1p;5p;$p'); do
		never_runs 77 "cannot reduce capability bounding set: $not_done" \
			: "2:prctl:$n=0" -u nobody
		never_runs 77 'cannot reduce capability bounding set: Operation not' \
			: "2:prctl:$n=EPERM" -u nobody
		never_runs 71 'cannot reduce capability bounding set: ' \
			: "2:prctl:$n=ENOMEM" -u nobody
	done
	[[ -n ${n:-} ]] || fail "no call was found"
}

@test "ambient and inheritable capabilities that stay are noticed" {
	needroot
	local by=("$HELPERS/dirty" ambient-caps --)
	runs_bare "${by[@]}" : 2:prctl:1=0 -u nobody
	# Before Linux 4.3 there are no ambient ones.
	runs_bare "${by[@]}" : 2:prctl:1=EINVAL -u nobody
	never_runs 77 "cannot clear ambient capabilities: $not_done" \
		"${by[@]}" : 2:capset:1=0
	never_runs 71 "cannot clear ambient capabilities: (Cannot allocate|Out of memory)" \
		"${by[@]}" : 2:capset:1=ENOMEM
	never_runs 77 "cannot clear ambient capabilities: Operation not perm" \
		"${by[@]}" : 2:prctl:1=EPERM
}

@test "privileges that can be taken back: the program never runs" {
	needroot
	local wish mode
	for wish in setresuid:2 setuid:1 setresgid:2 setgid:1 setgroups:2; do
		never_runs 77 "$regained" : "2:$wish=0" -u nobody
		in_foreground 77 "$regained" "0:$wish=0"
	done
	# Root's group is what that user has: nothing to take back.
	for wish in setresuid:2 setuid:1 setgroups:2; do
		never_runs 77 "$regained" : "2:$wish=0" -u nobody:root
	done
}

# A call of the daemon, what cannot be done then.
drops() {
	cat <<-'END'
		setgroups:1  cannot set supplementary groups:
		setresgid:1  cannot set group: 65534:
		setresuid:1  cannot set user: nobody:
		capset:1     cannot drop capabilities:
		capget:1     cannot clear ambient capabilities:
		prctl:1      cannot (clear ambient capabilities|reduce capability bounding set):
		keyctl:2     cannot join new session keyring:
	END
}

@test "a drop that fails: the program never runs, and the reason is said" {
	needroot
	local call words error status_wanted
	while read -r call words; do
		for error in EPERM EAGAIN EINVAL ENOMEM; do
			# Before Linux 4.3 there is no ambient set.
			[[ $call$error != prctl:1EINVAL ]] || continue
			status_wanted=71
			[[ $error != EPERM ]] || status_wanted=77
			never_runs "$status_wanted" "$words [A-Z]" \
				: "2:$call=$error" -u nobody
		done
	done < <(drops)
}

@test "a user over his limit of processes is not left as root" {
	needroot
	never_runs 71 'cannot set user: nobody: Resource temporarily' \
		: 2:setresuid:1=EAGAIN -u nobody
	never_runs 71 'cannot set user: nobody: Resource temporarily' \
		: 0:setresuid:1=EAGAIN -u nobody -f
}

@test "a foreground start that fails after the drop leaves nothing" {
	needroot
	never_runs 71 'cannot drop capabilities: ' \
		: 0:capset:1=ENOMEM -u nobody -f
	never_runs 66 'cannot change directory to: ' \
		: 0:chdir:1=ENOENT -u nobody -f
}

@test "a session keyring that stays is noticed" {
	needroot
	need_keyring
	never_runs 77 "cannot join new session keyring: $not_done" \
		"$HELPERS/dirty" keyring:dirt -- : 2:keyctl:2=0 -u nobody
}

@test "a quota of keys that is used up by the dead is waited for, for a second" {
	needroot
	need_keyring
	runs_bare : '2:keyctl:2=EDQUOT' -u nobody
	never_runs 71 'cannot join new session keyring: (Disk quota|Quota exceeded)' \
		: '2:keyctl:*=EDQUOT' -u nobody
}

@test "without keyrings in the kernel, nothing is missed" {
	needroot
	runs_bare : '2:keyctl:*=ENOSYS' -u nobody
	runs_bare : '2:keyctl:*=EPERM' -u nobody
}
