# SPDX-License-Identifier: ISC
#
# From the functions of llvm-cov(1)'s report: a line a file, of the functions
# that were reached, and below those of which something was not.

function share(missed, all)
{
	return all > 0 ? sprintf("%5.1f%%", 100 * (all - missed) / all) : "-"
}

function row(name, all, missed, forks, untaken)
{
	return sprintf("%-28s %4d lines %6s  %4d branches %6s\n", name, all,
	    share(missed, all), forks, share(untaken, forks))
}

/^File / {
	file = $2
	sub(/.*\//, "", file)
	sub(/':$/, "", file)
}

# NAME REGIONS MISS COVER LINES MISS COVER BRANCHES MISS COVER
NF == 10 && $1 != "TOTAL" && $1 != "Name" && $6 < $5 {
	name = $1
	sub(/.*:/, "", name)
	lines[file] += $5
	missed[file] += $6
	forks[file] += $8
	untaken[file] += $9
	if (!(file in seen)) {
		seen[file] = 1
		order[++files] = file
	}
	if ($6 > 0 || $9 > 0)
		rest = rest row(file ": " name, $5, $6, $8, $9)
	all += $5
	all_missed += $6
	all_forks += $8
	all_untaken += $9
}

END {
	for (i = 1; i <= files; i++)
		printf "%s", row(order[i], lines[order[i]], missed[order[i]],
		    forks[order[i]], untaken[order[i]])
	printf "%s\nNot whole:\n%s", row("all", all, all_missed, all_forks,
	    all_untaken), rest
}
