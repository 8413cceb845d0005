# SPDX-License-Identifier: ISC
#
# fish completion for daemonize(1).  After the options comes a program with its
# own arguments.
#
# Made by contrib/completions.awk from src/*.def and contrib/completions/
# fish.in: change those and run "make completions".

# Prints the program and its arguments, each with a NUL; fails before them.
function __daemonize_program
    set -l tokens (commandline -opc) (commandline -ct)
    set -l specs
    set -a specs u/user=
    set -a specs g/group=
    set -a specs G/groups=
    set -a specs c/chdir=
    set -a specs r/chroot=
    set -a specs m/umask=
    set -a specs limit=
    set -a specs nice=
    set -a specs ionice=
    set -a specs sched=
    set -a specs cpus=
    set -a specs oom-score-adj=
    set -a specs caps=
    set -a specs no-new-privs
    set -a specs p/pidfile=
    set -a specs n/name=
    set -a specs l/lockfile=
    set -a specs ok-if-running
    set -a specs i/stdin=
    set -a specs o/stdout=
    set -a specs e/stderr=
    set -a specs a/append
    set -a specs L/log=
    set -a specs log-mode=
    set -a specs keep-fd=
    set -a specs listen=
    set -a specs E/env=
    set -a specs env-file=
    set -a specs clear-env
    set -a specs keep-env
    set -a specs ro=
    set -a specs rw=
    set -a specs no-net
    set -a specs bind-port=
    set -a specs connect-port=
    set -a specs w/ready=
    set -a specs t/timeout=
    set -a specs keep-on-timeout
    set -a specs f/foreground
    set -a specs x/explain
    set -a specs json
    set -a specs stop
    set -a specs restart
    set -a specs reload
    set -a specs signal=
    set -a specs status
    set -a specs list
    set -a specs retry=
    set -a specs stop-group
    set -a specs v/verbose
    set -a specs q/quiet
    set -a specs h/help
    set -a specs V/version
    set -e tokens[1]
    argparse -s $specs -- $tokens 2>/dev/null
    or return
    test -n "$argv"
    and string join0 -- $argv
end

function __daemonize_no_program
    not __daemonize_program >/dev/null
end

function __daemonize_complete_program
    set -l program (__daemonize_program | string split0)
    # fish would take it for an option of its own
    not string match -q -- '-*' "$program[1]"
    and __fish_complete_subcommand --commandline $program
end

# What there is of an option's value.
function __daemonize_value
    set -l short ugGcrmpnlioeLEwt
    commandline -ct | string replace -r "^(--[^=]*=|-[^-$short]*[$short])" ''
end

# fish itself completes files, but not behind a short option.
function __daemonize_files
    string match -qr '^-[^-]' -- (commandline -ct)
    and complete -C "'' "(__daemonize_value)
end

function __daemonize_directories
    __fish_complete_directories (__daemonize_value)
end

function __daemonize_users
    set -l token (__daemonize_value)
    if string match -q '*:*' -- $token
        set -l user (string split -m 1 : -- $token)[1]
        for group in (__fish_complete_groups)
            echo "$user:$group"
        end
    else
        __fish_complete_users
    end
end

function __daemonize_variables
    set --export --names
end

# Which daemons there are, and where, knows the program.
function __daemonize_names
    set -l program (commandline -opc)[1]
    # fish itself says what it cannot find, whatever 2 is
    command -q $program
    and command $program --list 2>/dev/null | sed '1d; s/ .*//'
end

# After file: and listen:/ comes a path, as it stands on the line.
function __daemonize_conditions
    set -l token (__daemonize_value)
    set -l part (string match -r '^(file:|listen:(?=/))(.*)' -- $token)
    if set -q part[1]
        complete -C "'' $part[3]" | string replace -r '^' $part[2]
        return
    end
    set -l conditions exec alive: notify fd: listen: file: log: check:
    printf '%s\n' $conditions
end

function __daemonize_signals
    set -l sig (__daemonize_value | string match -r '^SIG')
    command kill -l | string split -n ' ' | string replace -r '^' "$sig"
end

complete -c daemonize -n __daemonize_no_program -s u -l user -xa '(__daemonize_users)' -d 'run as this user, name or number'
complete -c daemonize -n __daemonize_no_program -s g -l group -xa '(__fish_complete_list , __fish_complete_groups)' -d 'primary group [the user\'s]'
complete -c daemonize -n __daemonize_no_program -s G -l groups -xa '(__fish_complete_list , __fish_complete_groups)' -d 'exactly these supplementary groups'
complete -c daemonize -n __daemonize_no_program -s c -l chdir -xa '(__daemonize_directories)' -d 'working directory [/]'
complete -c daemonize -n __daemonize_no_program -s r -l chroot -xa '(__daemonize_directories)' -d 'new root directory'
complete -c daemonize -n __daemonize_no_program -s m -l umask -x -d 'file mode creation mask [022]'
complete -c daemonize -n __daemonize_no_program -l limit -x -d 'resource limit, unlimited for none'
complete -c daemonize -n __daemonize_no_program -l nice -x -d 'nice value, -20 to 19'
complete -c daemonize -n __daemonize_no_program -l ionice -x -d 'I/O priority: rt, be, idle, none'
complete -c daemonize -n __daemonize_no_program -l sched -x -d 'other, batch, idle, fifo or rr'
complete -c daemonize -n __daemonize_no_program -l cpus -x -d 'run on these CPUs only: 0-3,5'
complete -c daemonize -n __daemonize_no_program -l oom-score-adj -x -d '-1000 (never) to 1000 (first)'
complete -c daemonize -n __daemonize_no_program -l caps -x -d 'keep exactly these capabilities'
complete -c daemonize -n __daemonize_no_program -l no-new-privs -d 'no set-user-ID program gives rights'
complete -c daemonize -n __daemonize_no_program -s p -l pidfile -rFa '(__daemonize_files)' -d 'pidfile; refuse to start a second one'
complete -c daemonize -n __daemonize_no_program -s n -l name -xa '(__daemonize_names)' -d 'a pidfile in the run directory'
complete -c daemonize -n __daemonize_no_program -s l -l lockfile -rFa '(__daemonize_files)' -d 'hold this lock as long as it lives'
complete -c daemonize -n __daemonize_no_program -l ok-if-running -d 'already running is success'
complete -c daemonize -n __daemonize_no_program -s i -l stdin -rFa '(__daemonize_files)' -d 'standard input [/dev/null]'
complete -c daemonize -n __daemonize_no_program -s o -l stdout -rFa '(__daemonize_files)' -d 'standard output [/dev/null]'
complete -c daemonize -n __daemonize_no_program -s e -l stderr -rFa '(__daemonize_files)' -d 'standard error [/dev/null]'
complete -c daemonize -n __daemonize_no_program -s a -l append -d 'append to -o and -e'
complete -c daemonize -n __daemonize_no_program -s L -l log -rFa '(__daemonize_files)' -d 'both outputs, always appended'
complete -c daemonize -n __daemonize_no_program -l log-mode -x -d 'mode of a new output file [0640]'
complete -c daemonize -n __daemonize_no_program -l keep-fd -x -d 'let descriptor N through'
complete -c daemonize -n __daemonize_no_program -l listen -x -d 'pass a listening socket, from 3 on'
complete -c daemonize -n __daemonize_no_program -s E -l env -xa '(__daemonize_variables)' -d 'set, or pass, a variable'
complete -c daemonize -n __daemonize_no_program -l env-file -rFa '(__daemonize_files)' -d 'set variables from NAME=VALUE lines'
complete -c daemonize -n __daemonize_no_program -l clear-env -d 'pass only PATH, locale, TZ and user'
complete -c daemonize -n __daemonize_no_program -l keep-env -d 'pass the whole environment as it is'
complete -c daemonize -n __daemonize_no_program -l ro -rFa '(__daemonize_files)' -d 'only these files, to read and execute'
complete -c daemonize -n __daemonize_no_program -l rw -rFa '(__daemonize_files)' -d 'only these files, to read and write'
complete -c daemonize -n __daemonize_no_program -l no-net -d 'no network'
complete -c daemonize -n __daemonize_no_program -l bind-port -x -d 'no network but to serve on TCP port N'
complete -c daemonize -n __daemonize_no_program -l connect-port -x -d 'no network but to call TCP port N'
complete -c daemonize -n __daemonize_no_program -s w -l ready -xa '(__daemonize_conditions)' -d 'wait until it is ready [exec]'
complete -c daemonize -n __daemonize_no_program -s t -l timeout -x -d 'how long to wait for it [60]'
complete -c daemonize -n __daemonize_no_program -l keep-on-timeout -d 'let it run if it is not ready by then'
complete -c daemonize -n __daemonize_no_program -s f -l foreground -d 'do everything but detach'
complete -c daemonize -n __daemonize_no_program -s x -l explain -d 'print the plan and do nothing'
complete -c daemonize -n __daemonize_no_program -l json -d '--explain, --status, --list for machines'
complete -c daemonize -n __daemonize_no_program -l stop -d 'end it, and wait until it is gone'
complete -c daemonize -n __daemonize_no_program -l restart -d 'stop it, then start the program'
complete -c daemonize -n __daemonize_no_program -l reload -d 'send it HUP'
complete -c daemonize -n __daemonize_no_program -l signal -xa '(__daemonize_signals)' -d 'send it a signal'
complete -c daemonize -n __daemonize_no_program -l status -d 'tell whether it runs'
complete -c daemonize -n __daemonize_no_program -l list -d 'list the run directory; no -p or -n'
complete -c daemonize -n __daemonize_no_program -l retry -x -d 'how to end it [TERM/30/KILL/5]'
complete -c daemonize -n __daemonize_no_program -l stop-group -d 'end its process group, too'
complete -c daemonize -n __daemonize_no_program -s v -l verbose -d 'print each step as it is done'
complete -c daemonize -n __daemonize_no_program -s q -l quiet -d 'print errors only'
complete -c daemonize -n __daemonize_no_program -s h -l help -d 'print this help'
complete -c daemonize -n __daemonize_no_program -s V -l version -d 'print the version'
complete -c daemonize -x -a '(__daemonize_complete_program)'
