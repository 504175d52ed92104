# Completion of nexthopctl(8) for bash. It asks the program itself, with --help, so it knows what that knows.

# The names that --help lists in column three: of commands, or of options.
_nexthopctl_names() {
    local line word names
    while IFS= read -r line; do
        [[ $line =~ ^\ \ [^\ ] ]] || continue
        read -r names _ <<<"$line"
        for word in ${names//,/ }; do
            case $1/$word in
                options/-[-a-z]* | commands/[a-z]*) printf '%s\n' "$word" ;;
            esac
        done
    done
}

_nexthopctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word
    local -a commands=()
    COMPREPLY=()
    case $previous in
        -c | --config | --instance)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
    esac
    # The commands given so far: words before the first that is none. A folder of settings is not one of them.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word =~ ^[a-z]+$ ]] || continue
        _nexthopctl_names commands <<<"$(nexthopctl "${commands[@]}" --help 2>/dev/null)" | grep -qx -e "$word" || continue
        commands+=("$word")
    done
    local help names=commands
    help=$(nexthopctl "${commands[@]}" --help 2>/dev/null) || return 0
    [[ $current != -* ]] || names=options
    case "${commands[*]}" in
        check | ingest | test | run)
            if [[ $names == commands ]]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                return
            fi
            ;;
        why | 'holds clear') # ids are letters and digits; the daemon may not be there to ask
            if [[ $names == commands ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(nexthopctl holds --json 2>/dev/null |
                    grep -o '"id":"[0-9A-Z]*"' | cut -d '"' -f 4)" -- "$current")
                return
            fi
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$(_nexthopctl_names "$names" <<<"$help")" -- "$current")
}

complete -o filenames -F _nexthopctl nexthopctl
