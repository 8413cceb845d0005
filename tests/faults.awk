# SPDX-License-Identifier: ISC
#
# The matrix of faults as a table: a row for each call, with how many faults it
# was given and how the command ended, and the sum of it all.
#
#	awk -f faults.awk faults.tsv

BEGIN {
	FS = "\t"
	format = "%-13s %-8s %-17s %5s %6s  %s\n"
	printf format, "scenario", "process", "call", "calls", "runs", \
	    "status: runs"
}

{
	key = $1 FS $2 FS $3
	if (!(key in runs))
		order[++rows] = key
	if (!((key, $4) in occurrence)) {
		occurrence[key, $4]
		calls[key]++
		sites++
	}
	if (!($3 in name)) {
		name[$3]
		names++
	}
	scenarios += !($1 in scenario)
	scenario[$1]
	runs[key]++
	status = $6 == -1 ? "hangs" : $6
	if (!((key, status) in count))
		statuses[key] = statuses[key] " " status
	count[key, status]++
	never += $7 == "never"
	killed += $5 == "kill"
	zero += $6 == 0
	if ($8 != "ok")
		violation[++violations] = $0
}

END {
	for (i = 1; i <= rows; i++) {
		key = order[i]
		n = split(statuses[key], s, " ")
		text = ""
		for (j = 1; j <= n; j++)
			text = text (j > 1 ? ", " : "") s[j] ": " count[key, s[j]]
		split(key, k, FS)
		printf format, k[1], k[2], k[3], calls[key], runs[key], text
	}
	for (i = 1; i <= violations; i++)
		print "broken: " violation[i]
	printf "%d scenarios, %d system calls at %d places\n", scenarios, \
	    names, sites
	printf "%d runs: %d ended with success, %d refused or killed; " \
	    "%d kills; %d faults never came\n", NR, zero, NR - zero, killed, \
	    never
	printf "%d violations\n", violations
	# A fault that never came shows nothing.  A start that is limited to
	# 0.01 seconds makes fewer calls on a loaded machine.
	exit violations > 0 || NR == 0 || never * 10 > NR
}
