# SPDX-License-Identifier: ISC
#
# Makes a shell completion from the rows of src/options.def, and the conditions
# of --ready from those of src/conditions.def:
#
#	awk -v shell=bash|zsh|fish -f completions.awk conditions.def options.def
#
# What does not depend on the options stands in contrib/completions/SHELL.in;
# its @MARKS@ are filled in here.  The tables in BEGIN say what each COMPLETION
# kind is in each shell; a kind that is not there is an error.  "make
# completions" writes all three.

BEGIN {
	# FILE and DIR are left to readline, which quotes what it finds.
	bash["FILE"]     = "_daemonize_glued -f || " \
	    "compopt -o bashdefault -o default"
	bash["DIR"]      = "_daemonize_glued -d || compopt -o dirnames"
	bash["USER"]     = "_daemonize_users"
	bash["GROUP"]    = "_daemonize_groups"
	bash["VARIABLE"] = "_daemonize_variables"
	bash["NAME"]     = "_daemonize_names"
	bash["SIGNAL"]   = "_daemonize_signals"
	bash["CONDITION"] = "_daemonize_conditions"
	bash["NONE"]     = ":"

	zsh["FILE"]      = "_files"
	zsh["DIR"]       = "_directories"
	zsh["USER"]      = "_daemonize_users"
	zsh["GROUP"]     = "_daemonize_groups"
	zsh["VARIABLE"]  = "_daemonize_variables"
	zsh["NAME"]      = "_daemonize_names"
	zsh["SIGNAL"]    = "_signals -s"
	zsh["CONDITION"] = "_daemonize_conditions"
	zsh["NONE"]      = ""

	fish["FILE"]     = "-rFa '(__daemonize_files)'"
	fish["DIR"]      = "-xa '(__daemonize_directories)'"
	fish["USER"]     = "-xa '(__daemonize_users)'"
	fish["GROUP"]    = "-xa '(__fish_complete_list , __fish_complete_groups)'"
	fish["VARIABLE"] = "-xa '(__daemonize_variables)'"
	fish["NAME"]     = "-xa '(__daemonize_names)'"
	fish["SIGNAL"]   = "-xa '(__daemonize_signals)'"
	fish["CONDITION"] = "-xa '(__daemonize_conditions)'"
	fish["NONE"]     = "-x"

	# What makes sense more than once, and what makes sense alone.
	repeated["ENV"] = repeated["ENV_FILE"] = repeated["KEEP_FD"] = 1
	repeated["READY"] = repeated["LISTEN"] = repeated["LIMIT"] = 1
	repeated["RO"] = repeated["RW"] = 1
	repeated["BIND_PORT"] = repeated["CONNECT_PORT"] = 1
	alone["HELP"] = alone["VERSION"] = 1

	if (shell !~ /^(bash|zsh|fish)$/)
		fail("shell is bash, zsh or fish")
}

/^OPT_(FLAG|ARG)\(/ {
	n = fields($0, f)
	where = FILENAME
	if ($0 ~ /^OPT_ARG/ && n == 6)
		option(f[1], f[2], f[3], f[6], f[4], f[5])
	else if ($0 ~ /^OPT_FLAG/ && n == 4)
		option(f[1], f[2], f[3], f[4], "", "")
	else
		fail("not understood: " $0)
}

/^CONDITION\(/ {
	n = fields($0, f)
	if (n != 2)
		fail("not understood: " $0)
	conditions = conditions (conditions ? " " : "") f[1] substr(f[2], 1, 1)
}

END {
	if (failed)
		exit 1
	if (!count || !conditions)
		fail("no options or no conditions found")
	if (shell == "bash")
		make_bash()
	else if (shell == "zsh")
		make_zsh()
	else
		make_fish()
	template()
}

function fail(why)
{
	print "completions.awk: " why | "cat >&2"
	failed = 1
	exit 1
}

# fields: splits a row at the commas outside of strings; the quotes go.
function fields(row, f,    n, part)
{
	n = 0
	sub(/^[A-Z_]*\([ \t]*/, "", row)
	while (match(row, /^("[^"]*"|'[^']*'|[A-Za-z_0-9]+)[ \t]*[,)]/)) {
		part = substr(row, 1, RLENGTH - 1)
		row = substr(row, RLENGTH + 1)
		sub(/^[ \t]+/, "", row)
		sub(/[ \t]+$/, "", part)
		gsub(/^["']|["']$/, "", part)
		f[++n] = part
	}
	return row == "" ? n : 0
}

function option(id, short, long, help, meta, kind)
{
	count++
	ids[count] = id
	shorts[count] = short == "0" ? "" : short
	longs[count] = long
	helps[count] = help
	metas[count] = meta
	kinds[count] = kind
	if (kind != "" && !(kind in bash))
		fail("no completion for " kind)
}

# spelled: option i, short and long, with something between and after them.
function spelled(i, between, after)
{
	return (shorts[i] ? "-" shorts[i] between : "") "--" longs[i] after
}

# escaped: text with a backslash, or more, before each of chars.
function escaped(text, chars, with,    i, c, out)
{
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (index(chars, c) ? with : "") c
	}
	return out
}

function add(mark, line)
{
	if (mark in marks)
		line = marks[mark] "\n" line
	marks[mark] = line
}

# template: the lines of SHELL.in; one that is @MARK@ becomes its text.
function template(    file, line, got)
{
	add("@MADE@", "#")
	add("@MADE@", "# Made by contrib/completions.awk from src/*.def " \
	    "and contrib/completions/")
	add("@MADE@", "# " shell ".in: change those and run " \
	    "\"make completions\".")
	if (shell == "bash")
		add("@CONDITIONS@", "\tlocal conditions='" conditions "'")
	else if (shell == "zsh")
		add("@CONDITIONS@", "\tlocal -a conditions=(" conditions ")")
	else
		add("@CONDITIONS@", "    set -l conditions " conditions)
	file = where
	if (!sub(/[^\/]*\/[^\/]*$/, "", file))
		file = "../"
	file = file "contrib/completions/" shell ".in"
	while ((got = (getline line < file)) > 0)
		print (line in marks) ? marks[line] : line
	if (got < 0)
		fail("cannot read " file)
}

function make_bash(    i, k, n, order, names, valued)
{
	for (i = 1; i <= count; i++) {
		add("@OPTIONS@", "\t" spelled(i, " ", kinds[i] ? "=" : ""))
		if (!kinds[i])
			continue
		valued = valued shorts[i]
		k = kinds[i]
		if (k in names)
			names[k] = names[k] " | "
		else
			order[++n] = k
		names[k] = names[k] spelled(i, " | ", "")
		add("@VALUED@", "\t" spelled(i, " ", ""))
	}
	add("@SHORT@", "\tlocal short=" valued)
	for (i = 1; i <= n; i++)
		add("@VALUES@", "\t" names[order[i]] ")\n\t\t" \
		    bash[order[i]] " ;;")
}

function make_zsh(    i, others, value, help)
{
	for (i = 1; i <= count; i++) {
		value = ""
		if (kinds[i])
			value = ":" escaped(metas[i], ":", "\\") ":" \
			    zsh[kinds[i]]
		help = "[" escaped(helps[i], "]", "\\") "]"
		help = "'" escaped(help value, "'", "'\\'") "'"
		others = "'(" spelled(i, " ", "") ")'"
		if (ids[i] in alone)
			others = "'(- *)'"
		if (ids[i] in repeated)
			others = "'*'"
		add("@OPTIONS@", "\t" others zsh_names(i) help " \\")
	}
}

function zsh_names(i,    value)
{
	value = kinds[i] ? "=" : ""
	if (!shorts[i])
		return "--" longs[i] value
	return "{-" shorts[i] (value ? "+" : "") ",--" longs[i] value "}"
}

function make_fish(    i, spec, valued)
{
	for (i = 1; i <= count; i++) {
		if (kinds[i])
			valued = valued shorts[i]
		spec = (shorts[i] ? shorts[i] "/" : "") longs[i]
		add("@SPECS@", "    set -a specs " spec (kinds[i] ? "=" : ""))
		add("@OPTIONS@", "complete -c daemonize " \
		    "-n __daemonize_no_program" \
		    (shorts[i] ? " -s " shorts[i] : "") " -l " longs[i] \
		    (kinds[i] ? " " fish[kinds[i]] : "") \
		    " -d '" escaped(helps[i], "'\\", "\\") "'")
	}
	add("@SHORT@", "    set -l short " valued)
}
