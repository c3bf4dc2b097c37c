# What every hook stands on: where the repository is, what its law says, and how to refuse. POSIX sh; only functions are defined here.
#
# Set before it is used:
#   GC_HOOK    the hook's name: pre-commit
#   GC_PYTHON  absolute path of the interpreter that has gatecheck; empty where there is none (a framework's script)
#   GC_HOME    absolute path of this package's folder (gatecheck_hooks), for checks in Python
# Set by gc_start:
#   GC_GIT_DIR  this work tree's git directory;  GC_COMMON  the one that all work trees share;  GC_DIR  $GC_COMMON/gatecheck
# Set by gc_law, from $GC_DIR/policy:
#   GC_REF GC_TIP GC_REMOTE GC_STRICT GC_SECRETS GC_PUSH_SNAPSHOT GC_PUSH_EVIDENCE, and, one a line,
#   GC_PROTECT GC_AGENT_AUTHORS GC_AGENT_VARIABLES GC_AGENT_TRAILERS; and GC_COMMIT_RULES, whether messages of everybody are judged
#
# Nothing here evaluates text: names and patterns are only ever expanded in quotes, in `case`, or split at newlines with globbing off.

GC_NL='
'
GC_NONE=0000000000000000000000000000000000000000

# Finds the repository from the files that git leaves for a hook, without a process. The current folder is where git starts hooks.
gc_start() {
	if [ -n "${GIT_DIR:-}" ]; then
		GC_GIT_DIR=$GIT_DIR
	elif [ -d .git ]; then
		GC_GIT_DIR=.git
	elif [ -f .git ]; then
		IFS= read -r GC_GIT_DIR <.git || :
		GC_GIT_DIR=${GC_GIT_DIR#gitdir: }
	else
		GC_GIT_DIR=$(git rev-parse --git-dir) || return 1
	fi
	GC_COMMON=$GC_GIT_DIR
	if [ -f "$GC_GIT_DIR/commondir" ]; then
		IFS= read -r GC_COMMON <"$GC_GIT_DIR/commondir" || :
		case $GC_COMMON in
		/*) ;;
		*) GC_COMMON=$GC_GIT_DIR/$GC_COMMON ;;
		esac
	fi
	GC_DIR=$GC_COMMON/gatecheck
}

# Says what is refused and what to do about it, and returns 1. What it shows is made harmless for terminals.
gc_refuse() {
	gc_say "$1"
	gc_show "  fix: $2"
	return 1
}

gc_say() {
	gc_show "gatecheck: $1"
}

# Control characters that a ref's name may hold (C1, and those that turn the direction of text) become question marks.
gc_show() {
	case $1 in
	*[!\ -~"$GC_NL"]*)
		printf '%s\n' "$1" | LC_ALL=C sed "s/$(printf '\302')[$(printf '\200')-$(printf '\237')]/?/g
s/$(printf '\342\200')[$(printf '\216\217\252')-$(printf '\256')]/?/g
s/$(printf '\342\201')[$(printf '\246')-$(printf '\251')]/?/g" | LC_ALL=C tr '\001-\011\013-\037\177' '?' >&2
		;;
	*) printf '%s\n' "$1" >&2 ;;
	esac
}

# Quotes a word for a command that a reader may copy, into GC_QUOTED.
gc_quote() {
	GC_QUOTED=
	case $1 in
	'' | *[!A-Za-z0-9/_.:=@%+,-]*) ;;
	*)
		GC_QUOTED=$1
		return 0
		;;
	esac
	gc_rest=$1
	while :; do
		case $gc_rest in
		*\'*)
			GC_QUOTED="$GC_QUOTED${gc_rest%%\'*}'\\''"
			gc_rest=${gc_rest#*\'}
			;;
		*) break ;;
		esac
	done
	GC_QUOTED="'$GC_QUOTED$gc_rest'"
}

# What a ref, given in full, points to: into GC_ID; empty when it is not there. A loose ref takes no process, a packed one takes one.
gc_ref() {
	GC_ID=
	if [ -f "$GC_COMMON/$1" ]; then
		IFS= read -r GC_ID <"$GC_COMMON/$1" || :
		case $GC_ID in
		'' | *[!0-9a-f]*) ;;
		*) return 0 ;;
		esac
	fi
	GC_ID=$(git show-ref --verify --hash "$1" 2>/dev/null) || GC_ID=
}

# Reads the compiled policy, has it written anew when it is stale, and refuses when there is none that can be used.
gc_law() {
	gc_read && gc_fresh && return 0
	if [ -z "${GC_PYTHON:-}" ] && [ -f "$GC_DIR/python" ]; then
		IFS= read -r GC_PYTHON <"$GC_DIR/python" || :
	fi
	gc_interpreter || return 1
	"$GC_PYTHON" -I -m gatecheck refresh-hooks --repo "$GC_COMMON" >&2 && gc_read && return 0
	gc_refuse "the policy for hooks ($GC_DIR/policy) is missing, damaged or old, and could not be written anew" \
		"See what is said above, mend it, and try again; or take the hooks away: gatecheck uninstall"
}

# Refuses when gatecheck itself is gone.
gc_interpreter() {
	[ -n "${GC_PYTHON:-}" ] && [ -x "$GC_PYTHON" ] && return 0
	gc_refuse "gatecheck is gone: its interpreter ${GC_PYTHON:-} is not there" \
		"Install gatecheck again and run: gatecheck install. Or remove its hooks: $(gc_files)"
}

# The files that install wrote, for those who must remove them by hand.
gc_files() {
	printf '%s' "$0"
}

gc_read() {
	GC_REF='' GC_TIP='' GC_REMOTE='' GC_STRICT='' GC_SECRETS='' GC_PUSH_SNAPSHOT='' GC_PUSH_EVIDENCE=''
	GC_PROTECT='' GC_AGENT_AUTHORS='' GC_AGENT_VARIABLES='' GC_AGENT_TRAILERS='' GC_COMMIT_RULES=no
	[ -f "$GC_DIR/policy" ] && [ -r "$GC_DIR/policy" ] || return 1
	{
		IFS= read -r gc_line && [ "$gc_line" = 'gatecheck-policy 1' ] || return 1
		while IFS= read -r gc_line; do
			gc_value=${gc_line#* }
			case $gc_line in
			'protect '*) GC_PROTECT=$GC_PROTECT$gc_value$GC_NL ;;
			'ref '*) GC_REF=$gc_value ;;
			'tip '*) GC_TIP=$gc_value ;;
			'remote '*) GC_REMOTE=$gc_value ;;
			'strict '*) GC_STRICT=$gc_value ;;
			'secrets '*) GC_SECRETS=$gc_value ;;
			'push-snapshot '*) GC_PUSH_SNAPSHOT=$gc_value ;;
			'push-evidence '*) GC_PUSH_EVIDENCE=$gc_value ;;
			'agent-author '*) GC_AGENT_AUTHORS=$GC_AGENT_AUTHORS$gc_value$GC_NL ;;
			'agent-variable '*) GC_AGENT_VARIABLES=$GC_AGENT_VARIABLES$gc_value$GC_NL ;;
			'agent-trailer '*) GC_AGENT_TRAILERS=$GC_AGENT_TRAILERS$gc_value$GC_NL ;;
			'commit-subject-length 0' | 'commit-body no') ;;
			'commit-subject'* | 'commit-body '*) GC_COMMIT_RULES=yes ;;
			end) return 0 ;;
			esac
		done
	} <"$GC_DIR/policy"
	return 1
}

# Tells whether the ref whose policy this is still is where it was when it was read.
gc_fresh() {
	gc_ref "$GC_REF"
	[ "${GC_ID:-none}" = "$GC_TIP" ]
}

# Tells whether a branch (its short name) is protected.
gc_protected() {
	gc_ifs=$IFS
	IFS=$GC_NL
	set -f
	for gc_pattern in $GC_PROTECT; do
		case $1 in
		$gc_pattern)
			IFS=$gc_ifs
			set +f
			return 0
			;;
		esac
	done
	IFS=$gc_ifs
	set +f
	return 1
}

# Runs the hook that stood here before, as git would, and returns its exit code.
gc_chain() {
	[ -f "$GC_CHAINED/$GC_HOOK" ] && [ -x "$GC_CHAINED/$GC_HOOK" ] || return 0
	"$GC_CHAINED/$GC_HOOK" "$@"
}
