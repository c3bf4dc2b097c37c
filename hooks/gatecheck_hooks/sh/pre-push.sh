# Refuses pushes that would move a protected branch or a snapshot tag on the remote, and branches that lack their snapshot there.

# pre_push REMOTE URL, with what git wrote to the hook in GC_STDIN; after gc_start and gc_law.
pre_push() {
	gc_remote=$1
	gc_url=$2
	gc_hide "$1"
	gc_there=$GC_SHOWN
	gc_branches= # what goes to branches, one `name id` a line
	gc_tags=     # snapshot tags that this very push brings, one `name id` a line
	while read -r gc_from gc_new gc_to gc_old <&3; do
		[ -z "$gc_to" ] || gc_judge_update "$gc_from" "$gc_new" "$gc_to" "$gc_old" || return 1
	done 3<<-END
		$GC_STDIN
	END
	[ -z "$gc_branches" ] || { gc_snapshots && gc_evidence; }
}

# Say a remote without the user and the token that its address may hold: into GC_SHOWN.
gc_hide() {
	GC_SHOWN=$1
	case $1 in
	*://*@*)
		gc_rest=${1#*://}
		case ${gc_rest%%/*} in
		*@*) GC_SHOWN=${1%%://*}://${gc_rest#*@} ;;
		esac
		;;
	esac
}

# One line: LOCAL-REF NEW REMOTE-REF OLD.
gc_judge_update() {
	case $3 in
	refs/heads/*)
		gc_name=${3#refs/heads/}
		if gc_protected "$gc_name"; then
			gc_judge_protected "$2" "$3" "$4"
			return
		fi
		gc_zero "$2" && return 0
		case $1 in
		refs/heads/*) gc_name=${1#refs/heads/} ;;
		esac
		gc_branches=$gc_branches$gc_name\ $2$GC_NL
		;;
	refs/tags/backup-*)
		if gc_zero "$4"; then
			gc_tags=$gc_tags${3#refs/tags/}\ $2$GC_NL
		elif ! gc_announced "$4" "$2" "$3"; then
			gc_refuse "${3#refs/tags/} is a snapshot: it is neither moved nor deleted on $gc_there" \
				"Leave it out of the push. Old snapshots of merged branches go with: gatecheck snapshot prune"
		fi
		;;
	esac
}

# A protected branch: NEW REF OLD.
gc_judge_protected() {
	if gc_zero "$1"; then
		gc_refuse "$gc_name is a protected branch: it is not deleted on $gc_there" \
			"Leave it out of the push; who administers the remote can delete it there"
		return 1
	fi
	gc_first_push "$3" && return 0
	gc_follows "$1" "$3" && return 0
	gc_new_branch
	gc_quote "$gc_there"
	gc_refuse "$gc_name is a protected branch: nothing is pushed to it on $gc_there directly" \
		"Push a branch and have it merged there: git push $GC_QUOTED $1:refs/heads/$GC_NEW"
}

# The first push to a remote that has no refs at all may bring its protected branch.
gc_first_push() {
	gc_zero "$1" && gc_listed=$(git ls-remote -- "$gc_url") && [ -z "$gc_listed" ]
}

# Another remote (a fork, a copy) may follow to exactly what the law's own remote has, and never back: NEW OLD.
gc_follows() {
	[ "$GC_REMOTE" != none ] && [ "$GC_REMOTE" != "$gc_remote" ] || return 1
	[ "$(git remote get-url -- "$GC_REMOTE" 2>/dev/null)" != "$gc_url" ] || return 1
	[ "$(git remote get-url --push -- "$GC_REMOTE" 2>/dev/null)" != "$gc_url" ] || return 1
	gc_ref "refs/remotes/$GC_REMOTE/$gc_name"
	[ "$GC_ID" = "$1" ] || return 1
	gc_zero "$2" || git merge-base --is-ancestor "$2" "$1" 2>/dev/null
}

# Each branch's snapshot must be on the remote: `require` refuses, `make` has a missing one made.
gc_snapshots() {
	case $GC_PUSH_SNAPSHOT in
	require | make) ;;
	*) return 0 ;;
	esac
	gc_recorded && gc_kept && return 0
	if [ "$GC_PUSH_SNAPSHOT" = require ]; then
		gc_refuse "$gc_why" "Make and push a snapshot, then push again: gatecheck snapshot"
		return 1
	fi
	gc_say "$gc_why; so the branch as it is now is kept, and the push goes on"
	while read -r gc_name gc_id <&3; do
		[ -n "$gc_name" ] || continue
		"$GC_PYTHON" -I -m gatecheck snapshot --for-push="$gc_remote" --branch="$gc_name" >&2 && continue
		gc_quote "$gc_name"
		gc_refuse "the snapshot of $gc_name could not be made and pushed to $gc_there" \
			"Do what is said above, and push again; to try it alone: git switch $GC_QUOTED && gatecheck snapshot"
		return 1
	done 3<<-END
		$gc_branches
	END
}

# Tell whether every branch has a record of its snapshot. Into gc_wanted, one `tag id` a line: those that this push does not bring.
gc_recorded() {
	gc_wanted=
	while read -r gc_name gc_id <&3; do
		[ -n "$gc_name" ] || continue
		gc_tag=
		if [ -f "$GC_DIR/snapshots/$gc_name" ]; then
			read -r gc_tag gc_id gc_rest <"$GC_DIR/snapshots/$gc_name" || :
		fi
		case $gc_tag,$gc_id,$GC_NL$gc_tags in
		*"$GC_NL$gc_tag $gc_id$GC_NL"*) ;;
		backup-*,?*,*) gc_wanted=$gc_wanted$gc_tag\ $gc_id$GC_NL ;;
		*)
			gc_why="the branch $gc_name has no snapshot of the state before it"
			return 1
			;;
		esac
	done 3<<-END
		$gc_branches
	END
}

# Ask the remote, once, for the snapshots in gc_wanted, and tell whether it has them all.
gc_kept() {
	set --
	while read -r gc_tag gc_id <&3; do
		[ -z "$gc_tag" ] || set -- "$@" "refs/tags/$gc_tag"
	done 3<<-END
		$gc_wanted
	END
	[ $# -gt 0 ] || return 0
	gc_where=$gc_remote
	[ "$(git remote get-url -- "$gc_remote" 2>/dev/null)" = "$gc_url" ] || gc_where=$gc_url
	gc_hide "$gc_where"
	gc_tab='	'
	gc_listed=$GC_NL$(git ls-remote -- "$gc_where" "$@")$GC_NL
	while read -r gc_tag gc_id <&3; do
		case $gc_listed in
		*"$GC_NL$gc_id${gc_tab}refs/tags/$gc_tag$GC_NL"*) ;;
		*"${gc_tab}refs/tags/$gc_tag$GC_NL"*)
			gc_why="the snapshot $gc_tag on $GC_SHOWN is not the one that was made here"
			return 1
			;;
		*)
			[ -n "$gc_tag" ] || continue
			gc_why="the snapshot $gc_tag is not on $GC_SHOWN"
			return 1
			;;
		esac
	done 3<<-END
		$gc_wanted
	END
}

# A green report for exactly what is pushed must be known, or be had now.
gc_evidence() {
	[ "$GC_PUSH_EVIDENCE" = yes ] || return 0
	while read -r gc_name gc_id <&3; do
		[ -n "$gc_name" ] || continue
		"$GC_PYTHON" -I -m gatecheck run --head "$gc_id" >&2 && continue
		gc_refuse "$gc_name is not green at $gc_id, and the policy wants it to be before a push" \
			"Do what the report above says, commit, and push again; to judge it alone: gatecheck run --head $gc_id"
		return 1
	done 3<<-END
		$gc_branches
	END
}
