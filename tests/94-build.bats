#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# For who builds the program: what configure does not take, and what
# is in the tarball.
#
# shellcheck disable=SC2034,SC2154 # common.bash's, or set there

load lib/common

RUN_SECONDS=300

setup() {
	setup_dir
	needprogram autoconf automake make
	copy_tree
	cd "$T/tree" || return
	[[ -x configure ]] || ./autogen.sh
}

@test "configure: a switch is on or off, and no other value is overlooked" {
	local option
	while read -r option; do
		run_c ./configure -q -C "$option=foo"
		assert_status 1
		assert_match "$err" "error: $option=foo: neither yes nor no"
	done <<-END
		--with-libbsd
		--enable-static
		--enable-sanitizers
		--enable-coverage
		--enable-hardening
		--enable-werror
	END
}

@test "configure: a compiler that does not find the kernel's headers is refused" {
	# as for musl-gcc, which does not look for them
	mkdir -p none/linux
	echo '#error none' >none/linux/capability.h
	run_c ./configure -q CPPFLAGS="-I$T/tree/none"
	assert_status 1
	assert_match "$err" "error: .* does not find the kernel's headers"
}

@test "make dist: no editor's or patch's leavings are in the tarball" {
	local dir name left
	for dir in tests/lib tests/under tests/fuzz/corpus/mode; do
		for name in x~ .x.swp x.orig x.rej; do
			: >"$dir/$name"
		done
	done
	run_c ./configure -q
	assert_status 0
	run_c make -s distdir distdir=packed
	assert_status 0
	assert_exists packed/tests/lib/common.bash
	left=$(find packed -name '*[~.]*' | grep -E '~$|swp$|orig$|rej$') || :
	assert_equal "$left" '' leavings
}
