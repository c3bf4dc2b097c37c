# What every hook stands on: where the repository is, what its law says, how to refuse. POSIX sh; nothing but functions and constants.
#
# Set by whoever sources this:
#   GC_HOOK     the hook's name, such as pre-commit
#   GC_PYTHON   absolute path of the interpreter that has gatecheck; empty where none is known (a framework's script)
#   GC_HOME     absolute path of the folder gatecheck_hooks, where the checks in Python are
# Set by gc_start:
#   GC_GIT_DIR  this work tree's git directory
#   GC_COMMON   the one that all work trees share
#   GC_DIR      $GC_COMMON/gatecheck
# Set by gc_law, from $GC_DIR/policy:
#   GC_REF GC_TIP GC_REMOTE GC_STRICT GC_SECRETS GC_PUSH_SNAPSHOT GC_PUSH_EVIDENCE; and, one a line,
#   GC_PROTECT GC_AGENT_AUTHORS GC_AGENT_VARIABLES GC_AGENT_TRAILERS
#
# No text from outside is ever evaluated: names and patterns are expanded in quotes, in `case`, or split at newlines without globbing.
# The way on which all is well starts no process but, for a ref that is packed, one git; and it is found before the sh below
# the line of dashes is even read: what a hook says and does where something is wrong stands below it, in this file and in others.

GC_NL='
'

# Find the repository by the files that git leaves for its hooks. The current folder is the one in which git starts them.
gc_start() {
	if [ -n "${GIT_DIR:-}" ]; then
		GC_GIT_DIR=$GIT_DIR
	elif [ -e .git ]; then
		GC_GIT_DIR=.git
	elif [ -f HEAD ] && [ -d objects ] && [ -d refs ]; then
		GC_GIT_DIR=.
	else
		GC_GIT_DIR=$(git rev-parse --git-dir) || return 1
	fi
	if [ -f "$GC_GIT_DIR" ]; then # a linked work tree or a submodule: gitdir: PATH
		IFS= read -r gc_line <"$GC_GIT_DIR" || :
		gc_line=${gc_line#gitdir: }
		case $gc_line,$GC_GIT_DIR in
		/* | *,.git) GC_GIT_DIR=$gc_line ;;
		*) GC_GIT_DIR=${GC_GIT_DIR%/*}/$gc_line ;;
		esac
	fi
	GC_COMMON=$GC_GIT_DIR
	if [ -f "$GC_GIT_DIR/commondir" ]; then
		IFS= read -r gc_line <"$GC_GIT_DIR/commondir" || :
		case $gc_line in
		/*) GC_COMMON=$gc_line ;;
		*) GC_COMMON=$GC_GIT_DIR/$gc_line ;;
		esac
	fi
	GC_DIR=$GC_COMMON/gatecheck
}

# Tell whether the law is here and now, without a word where it is not. Whoever wants more calls gc_law.
gc_known() {
	gc_start && [ -x "$GC_PYTHON" ] && gc_read "$1" && gc_fresh
}

# Read the compiled policy: `all` of it, or `some`, which leaves out what is about agents and messages. Returns 1 when it is missing, of another
# format, or torn: without its last line, or, of some, without one that comes after all that was asked for.
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
			'push-snapshot '*)
				GC_PUSH_SNAPSHOT=$gc_value
				[ "$1" = all ] || break
				;;
			'push-evidence '*) GC_PUSH_EVIDENCE=$gc_value ;;
			'agent-author '*) GC_AGENT_AUTHORS=$GC_AGENT_AUTHORS$gc_value$GC_NL ;;
			'agent-variable '*) GC_AGENT_VARIABLES=$GC_AGENT_VARIABLES$gc_value$GC_NL ;;
			'agent-trailer '*) GC_AGENT_TRAILERS=$GC_AGENT_TRAILERS$gc_value$GC_NL ;;
			'commit-subject-length 0' | 'commit-body no') ;;
			'commit-subject'* | 'commit-body '*) GC_COMMIT_RULES=yes ;; # of everybody, not only of agents
			end) break ;;
			esac
		done
	} <"$GC_DIR/policy"
	case $1,$gc_line in
	all,end | some,push-snapshot*) [ -n "$GC_REF" ] && [ -n "$GC_TIP" ] && [ -n "$GC_REMOTE" ] ;;
	*) return 1 ;;
	esac
}

# Tell whether the law is that of the ref as it is now, and of the right ref. Packed refs that are older than the law are as it knew them.
gc_fresh() {
	if [ "$GC_REMOTE" = none ]; then
		for gc_entry in "$GC_COMMON"/refs/remotes/*; do
			[ ! -e "$gc_entry" ] || return 1 # a remote was added since
		done
	else
		gc_symbolic "refs/remotes/$GC_REMOTE/HEAD"
		[ -z "$GC_TARGET" ] || [ "$GC_TARGET" = "$GC_REF" ] || return 1 # another branch became the default
	fi
	if [ ! -f "$GC_COMMON/$GC_REF" ] && [ "$GC_DIR/policy" -nt "$GC_COMMON/packed-refs" ]; then
		return 0
	fi
	gc_ref "$GC_REF"
	[ "${GC_ID:-none}" = "$GC_TIP" ]
}

# Look up what a ref is symbolic for: into GC_TARGET, empty when it is not symbolic. Only loose refs can be.
gc_symbolic() {
	GC_TARGET=
	[ -f "$GC_COMMON/$1" ] || return 0
	IFS= read -r GC_TARGET <"$GC_COMMON/$1" || :
	case $GC_TARGET in
	'ref: '*) GC_TARGET=${GC_TARGET#ref: } ;;
	*) GC_TARGET= ;;
	esac
}

# Look up what a ref, given in full, points to: into GC_ID, empty when it is not there. A packed one costs a process.
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

# Tell whether a branch, given by its short name, is protected.
gc_protected() {
	while IFS= read -r gc_pattern <&3; do
		case $1 in
		*[!\ -~]*) gc_widen ;; # a shell may take one character for several
		esac
		case $1 in
		'') return 1 ;;
		$gc_pattern) return 0 ;;
		esac
	done 3<<-END
		$GC_PROTECT
	END
	return 1
}

# Put `*` for what stands for one character in gc_pattern: rather protect too much than too little.
gc_widen() {
	gc_wide=
	while :; do
		case $gc_pattern in
		*[?[]*) ;;
		*) break ;;
		esac
		gc_wide=$gc_wide${gc_pattern%%[?[]*}*
		case ${gc_pattern#"${gc_pattern%%[?[]*}"} in
		\?*) gc_pattern=${gc_pattern#*\?} ;;
		*) gc_pattern=${gc_pattern#*\[?*]} ;;
		esac
	done
	gc_pattern=$gc_wide$gc_pattern
}

# Tell whether an id says that there is none: a deletion, or a ref that is new.
gc_zero() {
	case $1 in
	*[!0]*) return 1 ;;
	esac
}

# Refuse when gatecheck itself is gone, and say how to get out.
gc_interpreter() {
	[ -n "${GC_PYTHON:-}" ] && [ -x "$GC_PYTHON" ] && return 0
	gc_refuse "gatecheck is gone: there is no interpreter ${GC_PYTHON:-for it}" \
		"Install gatecheck again and run: gatecheck install. To do without it: ${GC_WAY_OUT:-remove $GC_DIR/policy}"
}

# Run the hook that stood here before, as git would have, and return its exit code.
gc_chain() {
	[ -f "$GC_CHAINED/$GC_HOOK" ] && [ -x "$GC_CHAINED/$GC_HOOK" ] || return 0
	"$GC_CHAINED/$GC_HOOK" "$@"
}

# The same for a hook that reads: it gets what we were given, from GC_STDIN.
gc_chain_input() {
	[ -f "$GC_CHAINED/$GC_HOOK" ] && [ -x "$GC_CHAINED/$GC_HOOK" ] || return 0
	{ [ -z "$GC_STDIN" ] || printf '%s\n' "$GC_STDIN"; } 2>/dev/null | "$GC_CHAINED/$GC_HOOK" "$@"
}

# --- only where all is not well ---

# Read the law, which must be that of the ref as it is now; have it written anew where it is not. Refuse when that cannot be.
gc_law() {
	gc_read all && gc_fresh && return 0
	if [ -z "${GC_PYTHON:-}" ] && [ -f "$GC_DIR/python" ]; then
		IFS= read -r GC_PYTHON <"$GC_DIR/python" || :
	fi
	gc_interpreter || return 1
	"$GC_PYTHON" -I -m gatecheck refresh-hooks --repo "$GC_COMMON" >&2 && gc_read all && return 0
	gc_refuse "the policy for hooks, $GC_DIR/policy, is missing, damaged or old, and could not be written anew" \
		"Do what is said above, then try again. When gatecheck itself is broken, install it again and run: gatecheck install"
}

# Say what is refused and what to do about it, and return 1.
gc_refuse() {
	gc_show "gatecheck: $1"
	gc_show "  fix: $2"
	return 1
}

# Say something that refuses nothing.
gc_say() {
	gc_show "gatecheck: $1"
}

# Print on standard error. Control characters that names may hold (C1, and those that turn text round) become question marks.
gc_show() {
	case $1 in
	*[!\ -~"$GC_NL"]*)
		printf '%s\n' "$1" | LC_ALL=C sed \
			-e "s/$(printf '\302')[$(printf '\200')-$(printf '\237')]/?/g" \
			-e "s/$(printf '\342\200')[$(printf '\213')-$(printf '\217')$(printf '\252')-$(printf '\256')]/?/g" \
			-e "s/$(printf '\342\201')[$(printf '\246')-$(printf '\251')]/?/g" |
			LC_ALL=C tr '\001-\011\013-\037\177' '?' >&2
		;;
	*) printf '%s\n' "$1" >&2 ;;
	esac
}

# Quote a word, into GC_QUOTED, for a command that a reader may copy.
gc_quote() {
	case $1 in
	'' | *[!A-Za-z0-9/_.:=@%+,-]*) ;;
	*)
		GC_QUOTED=$1
		return 0
		;;
	esac
	GC_QUOTED=
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

# Tell whether a command of gatecheck's own has announced exactly this move: OLD NEW REF.
gc_announced() {
	[ -f "$GC_DIR/moves" ] || return 1
	while IFS= read -r gc_line; do
		[ "$gc_line" != "$1 $2 $3" ] || return 0
	done <"$GC_DIR/moves"
	return 1
}

# Say a name for a branch that takes the work, into GC_NEW.
gc_new_branch() {
	GC_NEW=self-improvement-$(date -u +%Y%m%dT%H%M%SZ)
}
