# SPDX-License-Identifier: ISC
#
# Rows of the benchmark (scenario, contestant, metric, median, lowest tenth,
# unit) as a table, as JSON or as a picture: -v format=table, json or svg.

{
	key = $1 SUBSEP $2 SUBSEP $3
	median[key] = $4
	low[key] = $5
	row[++rows] = $0
	if (!(($1, $3) in order_of)) {
		order_of[$1, $3] = ++groups
		group[groups] = $1 SUBSEP $3
	}
	names[$1, $3] = names[$1, $3] (names[$1, $3] == "" ? "" : "\t") $2
	unit[$1, $3] = $6
}

# What a target is about: its ratio, or "" if it was not measured.
function ratio(scenario, metric, who, other_scenario, other,   a, b) {
	a = median[scenario, who, metric]
	b = median[other_scenario, other, metric]
	return a == "" || b == "" || b == 0 ? "" : sprintf("%.2f", a / b)
}

function target(words, limit, value) {
	if (value == "")
		return
	target_words[++targets] = words
	target_limit[targets] = limit
	target_value[targets] = value
}

function find_targets(   many, floors, key, slowest) {
	target("default build: the program runs, to the classic", 0.9,
	    ratio("pidfile", "runs", "daemonize", "pidfile", "classic"))
	target("default build: the caller goes on, to the floor", 1.1,
	    ratio("pidfile", "goes on", "daemonize", "pidfile", "floor"))
	target("static build: the program runs, to the classic", 0.5,
	    ratio("pidfile", "runs", "daemonize-static", "pidfile", "classic"))
	target("static build: the caller goes on, to the classic", 0.65,
	    ratio("pidfile", "goes on", "daemonize-static", "pidfile", "classic"))
	target("static build: the caller goes on, to the static floor", 1.25,
	    ratio("pidfile", "goes on", "daemonize-static", "pidfile",
	    "floor-static"))
	target("every option, to a plain start", 1.5,
	    ratio("options", "goes on", "daemonize", "options", "plain"))
	target("highest RLIMIT_NOFILE, system calls", 1.0,
	    ratio("limit", "calls", "daemonize", "pidfile", "daemonize"))
	many = ratio("many", "goes on", "daemonize", "none", "daemonize")
	target("many daemons running, to none", 1.0, many)
	floors = ratio("many", "goes on", "floor", "none", "floor")
	target("the same, to what it costs the floor", 1.0,
	    floors == "" ? "" : sprintf("%.2f", many / floors))
	target("10,000 descriptors, to the floor that shares them", 1.0,
	    ratio("descriptors", "goes on", "daemonize", "descriptors",
	    "floor-shared"))
	for (key in median)
		if (key ~ /^death-/ && median[key] > slowest)
			slowest = median[key]
	target("early death, by the slowest condition: lag, to 20 ms", 1.0,
	    slowest == "" ? "" : sprintf("%.2f", slowest / 20000))
}

function table(   i, j, n, part, who, first) {
	printf "%s, %s, static with %s\n", date, machine, libc
	for (i = 1; i <= groups; i++) {
		split(group[i], part, SUBSEP)
		n = split(names[part[1], part[2]], who, "\t")
		first = median[part[1], who[1], part[2]]
		printf "\n%-30s %12s %12s %7s\n", part[1] ", " part[2] \
		    (unit[group[i]] == "" ? "" : ", " unit[group[i]]),
		    "median", "low tenth", "ratio"
		for (j = 1; j <= n; j++)
			printf "  %-28s %12.0f %12.0f %7.2f\n", who[j],
			    median[part[1], who[j], part[2]],
			    low[part[1], who[j], part[2]],
			    first == 0 ? 0 : \
			    median[part[1], who[j], part[2]] / first
	}
	printf "\n%-56s %7s %7s\n", "target, as a ratio", "at most", "is"
	for (i = 1; i <= targets; i++)
		printf "  %-54s %7.2f %7.2f%s\n", target_words[i],
		    target_limit[i], target_value[i],
		    (target_value[i] + 0 > target_limit[i] ? "  missed" : "")
}

function json(   i, f) {
	printf "{\n  \"license\": \"SPDX-License-Identifier: ISC\","
	printf "\n  \"date\": \"%s\",\n  \"machine\": \"%s\",\n", date, machine
	printf "  \"static\": \"%s\",\n  \"rows\": [", libc
	for (i = 1; i <= rows; i++) {
		split(row[i], f, "\t")
		printf "%s\n    {\"scenario\": \"%s\", \"who\": \"%s\", " \
		    "\"metric\": \"%s\", \"median\": %s, \"low\": %s, " \
		    "\"unit\": \"%s\"}", (i > 1 ? "," : ""), f[1], f[2], f[3],
		    f[4], f[5], f[6]
	}
	printf "\n  ],\n  \"targets\": ["
	for (i = 1; i <= targets; i++)
		printf "%s\n    {\"target\": \"%s\", \"at_most\": %s, " \
		    "\"is\": %s}", (i > 1 ? "," : ""), target_words[i],
		    target_limit[i], target_value[i]
	printf "\n  ]\n}\n"
}

function text(x, y, class, words) {
	printf "<text x=\"%.0f\" y=\"%.0f\" class=\"%s\">%s</text>\n", x, y,
	    class, words
}

function bar(x, y, width, class) {
	printf "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.1f\" height=\"8\" " \
	    "class=\"%s\"/>\n", x, y, width, class
}

# Two bars for each: until the program runs, and until the caller goes on.
function svg(   i, n, who, most, y, runs, on, ours, height) {
	n = split(names["pidfile", "runs"], who, "\t")
	for (i = 1; i <= n; i++) {
		runs = median["pidfile", who[i], "runs"]
		on = median["pidfile", who[i], "goes on"]
		most = runs > most ? runs : most
		most = on > most ? on : most
	}
	height = 92 + 30 * n
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" " \
	    "height=\"%d\" viewBox=\"0 0 720 %d\" role=\"img\">\n", height,
	    height
	print "<!-- SPDX-License-Identifier: ISC -->"
	print "<title>How long a start with a pidfile takes</title>"
	print "<style>text{font:13px sans-serif;fill:#7a7f87}" \
	    ".h{font-weight:bold;font-size:15px}.n{text-anchor:end}" \
	    ".s{font-size:11px}.r{fill:#3584e4}.g{fill:#9ec3f0}" \
	    ".pr{fill:#8a8f98}.pg{fill:#c3c6cb}</style>"
	text(10, 22, "h", "A start with a pidfile, microseconds (median)")
	text(10, 42, "s", "upper bar: until the program runs; lower bar: " \
	    "until the caller goes on")
	for (i = 1; i <= n; i++) {
		y = 58 + 30 * (i - 1)
		ours = who[i] ~ /^daemonize/
		runs = median["pidfile", who[i], "runs"]
		on = median["pidfile", who[i], "goes on"]
		text(160, y + 13, "n", who[i])
		bar(170, y, 440 * runs / most, ours ? "r" : "pr")
		bar(170, y + 9, 440 * on / most, ours ? "g" : "pg")
		text(178 + 440 * (runs > on ? runs : on) / most, y + 13, "s",
		    sprintf("%.0f, %.0f", runs, on))
	}
	text(10, height - 12, "s", date ", " machine ", static with " libc \
	    "; the floors do no checks; classic and setsid do not wait")
	print "</svg>"
}

END {
	find_targets()
	if (format == "table")
		table()
	else if (format == "json")
		json()
	else
		svg()
}
