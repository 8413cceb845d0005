# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Put before a script that a test runs in a PID namespace, with the words of a
# program that sleeps in the array nap.

start_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }

# shellcheck disable=SC2154 # whoever takes this has it
is_nap() { [[ /proc/$1/exe -ef ${nap[0]} ]]; }

until_true() {
	local n=0
	until "$@" 2>/dev/null; do
		((++n < 2000)) || { echo "never: $*"; exit 1; }
		sleep 0.005
	done
}
