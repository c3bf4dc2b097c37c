# Tells whether a commit message must be looked at at all: for an agent's commit, or where the policy asks something of everybody.

# commit_message FILE; call gc_start and gc_law first. Of a person, of whom nothing is asked, it starts no process.
commit_message() {
	[ "$GC_COMMIT_RULES" = yes ] ||
		cm_variable || cm_author || cm_trailer "$1" || return 0
	gc_interpreter || return 1
	"$GC_PYTHON" -I -S "$GC_HOME/commit_message.py" "$GC_DIR/policy" "$1"
}

# Tells whether a variable is set, and not empty, by which the policy knows an agent.
cm_variable() {
	cm_ifs=$IFS
	IFS=$GC_NL
	set -f
	# shellcheck disable=SC2086 -- one name a line
	set -- $GC_AGENT_VARIABLES
	IFS=$cm_ifs
	set +f
	for cm_name; do
		case $cm_name in
		'' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; # no variable has such a name; and what is evaluated below is a name only
		esac
		eval "cm_value=\${$cm_name:-}"
		[ -z "$cm_value" ] || return 0
	done
	return 1
}

# Tells whether author or committer is of one of the policy's patterns. git says the author in the environment.
cm_author() {
	[ -n "$GC_AGENT_AUTHORS" ] || return 1
	if [ -n "${GIT_AUTHOR_NAME:-}" ] && [ -n "${GIT_AUTHOR_EMAIL:-}" ]; then
		cm_author="$GIT_AUTHOR_NAME <$GIT_AUTHOR_EMAIL>"
	else
		cm_author=$(git var GIT_AUTHOR_IDENT) || return 0
		cm_author=${cm_author%>*}'>'
	fi
	cm_committer=$(git var GIT_COMMITTER_IDENT) || return 0
	cm_committer=${cm_committer%>*}'>'
	cm_patterns=$GC_AGENT_AUTHORS
	while [ -n "$cm_patterns" ]; do
		cm_pattern=${cm_patterns%%"$GC_NL"*}
		cm_patterns=${cm_patterns#*"$GC_NL"}
		cm_like "$cm_author" "$cm_pattern" || cm_like "$cm_committer" "$cm_pattern" && return 0
	done
	return 1
}

# cm_like TEXT PATTERN: only `*` stands for something else than itself, so that `*[bot]*` means what it looks like.
cm_like() {
	cm_text=$1 cm_rest=$2
	case $cm_rest in
	*'*'*) ;;
	*)
		[ "$cm_text" = "$cm_rest" ]
		return
		;;
	esac
	cm_part=${cm_rest%%'*'*}
	case $cm_text in
	"$cm_part"*) cm_text=${cm_text#"$cm_part"} ;;
	*) return 1 ;;
	esac
	cm_rest=${cm_rest#*'*'}
	while :; do
		case $cm_rest in
		*'*'*) ;;
		*) break ;;
		esac
		cm_part=${cm_rest%%'*'*}
		case $cm_text in
		*"$cm_part"*) cm_text=${cm_text#*"$cm_part"} ;;
		*) return 1 ;;
		esac
		cm_rest=${cm_rest#*'*'}
	done
	case $cm_text in
	*"$cm_rest") return 0 ;;
	esac
	return 1
}

# Tells whether a line of the message looks like a trailer by which the policy knows an agent. git compares their names
# without regard to case, for which sh has no word: only for a line whose name has the right length, grep is asked.
cm_trailer() {
	[ -n "$GC_AGENT_TRAILERS" ] || return 1
	cm_lines=0 cm_ask=
	while IFS= read -r cm_line || [ -n "$cm_line" ]; do
		case $cm_line in
		*' ------------------------ >8 ------------------------') break ;;
		esac
		cm_lines=$((cm_lines + 1))
		if [ $cm_lines -gt 200 ]; then # so long a text is read sooner by grep
			cm_ask=grep
			break
		fi
		cm_name=${cm_line%%[!A-Za-z0-9-]*}
		case $cm_line in
		"$cm_name":* | "$cm_name"[' 	']*:*) ;;
		*) continue ;;
		esac
		cm_names=$GC_AGENT_TRAILERS
		while [ -n "$cm_names" ]; do
			cm_known=${cm_names%%"$GC_NL"*}
			cm_names=${cm_names#*"$GC_NL"}
			[ "$cm_name" != "$cm_known" ] || return 0
			[ ${#cm_name} -ne ${#cm_known} ] || cm_ask=grep
		done
		[ -z "$cm_ask" ] || break
	done <"$1" || return 0
	[ -n "$cm_ask" ] || return 1
	cm_pattern=${GC_AGENT_TRAILERS%"$GC_NL"}
	while :; do
		case $cm_pattern in
		*"$GC_NL"*) cm_pattern="${cm_pattern%%"$GC_NL"*}|${cm_pattern#*"$GC_NL"}" ;;
		*) break ;;
		esac
	done
	LC_ALL=C grep -q -i -a -E "^($cm_pattern)[[:blank:]]*:" "$1"
	[ $? -ne 1 ]
}
