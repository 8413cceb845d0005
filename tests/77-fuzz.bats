#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The fuzz targets, without a fuzzer: each over its committed inputs, and all
# that one byte makes of them.  tests/fuzz/run is the real thing.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

setup() {
	setup_dir
	REPLAY=$(dirname "$DAEMONIZE")/tests/fuzz/replay
	CORPUS=$SRCDIR/tests/fuzz/corpus
	# What a start would leave to exec(2) is no leak.
	export TMPDIR=$T ASAN_OPTIONS=detect_leaks=0
}

@test "every target has a file and inputs, and every input a target" {
	run_c "$REPLAY" -l
	assert_status 0
	local targets
	targets=$(LC_ALL=C sort <<<"$out")
	assert_equal "$targets" "$(cd "$SRCDIR/tests/fuzz" &&
		printf '%s\n' target-*.c | sed 's/^target-//; s/\.c$//')" files
	assert_equal "$targets" "$(ls "$CORPUS")" corpora
	(($(find "$CORPUS" -type f | wc -l) >= 450))
	assert_equal "$(find "$CORPUS" -type f -size +4k)" '' "large inputs"
}

@test "no parser breaks a claim on any input, or on what one byte makes of it" {
	local target
	for target in "$CORPUS"/*; do
		# With sanitizers, on a busy machine.
		RUN_SECONDS=120 run_c "$REPLAY" "${target##*/}" "$target"/*
		assert_status 0
		assert_match "$out" "^${target##*/}: [0-9]+ inputs\$"
		((${out//[^0-9]/} > 100)) || fail "$out"
	done
}

@test "a claim that does not hold is a failure" {
	# A word that the walk and the kernel cannot agree on: no root is made.
	TMPDIR=$T/missing run_c "$REPLAY" path "$CORPUS/path/plain"
	assert_status 134
	assert_match "$err" 'target-path.c:[0-9]+: does not hold: '
}
