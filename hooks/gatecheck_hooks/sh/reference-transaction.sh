# Refuses local moves of protected branches and of snapshot tags to anything but what the remote has.

# Tell whether nothing that is guarded moves, and no branch is masked: with the lines about branches and snapshot tags in gc_moves; after gc_known.
gc_unguarded() {
	while read -r gc_old gc_new gc_ref <&3; do
		case $gc_ref in
		refs/heads/*) ! gc_protected "${gc_ref#refs/heads/}" || return 1 ;;
		refs/tags/*) return 1 ;;
		esac
	done 3<<-END
		$gc_moves
	END
	! gc_find_mask
}

# Find a protected branch that is a symbolic ref, and would move with another one, unseen: into gc_mask, and what it stands for into GC_TARGET.
gc_find_mask() {
	while IFS= read -r gc_each <&3; do
		case $gc_each in
		'') ;;
		*[*?[]*)
			gc_below=/${gc_each%%[*?[]*}
			gc_find_mask_below "$GC_COMMON/refs/heads${gc_below%/*}" && return 0
			;;
		*) gc_is_mask "$gc_each" && return 0 ;;
		esac
	done 3<<-END
		$GC_PROTECT
	END
	return 1
}

gc_find_mask_below() {
	for gc_entry in "$1"/*; do
		if [ -d "$gc_entry" ]; then
			gc_find_mask_below "$gc_entry" && return 0
		elif [ -f "$gc_entry" ]; then
			gc_is_mask "${gc_entry#"$GC_COMMON/refs/heads/"}" && return 0
		fi
	done
	return 1
}

# A masked branch that this very transaction moves is judged for itself.
gc_is_mask() {
	gc_mask=$1
	gc_symbolic "refs/heads/$1"
	[ -n "$GC_TARGET" ] && gc_protected "$1" || return 1
	case $gc_moves in
	*" refs/heads/$1$GC_NL"*) return 1 ;;
	esac
}

# --- only where all is not well ---

# reference_transaction, with the lines about branches and snapshot tags in gc_moves; after gc_start and gc_law.
reference_transaction() {
	case $gc_moves in
	*' refs/heads/'*) ! gc_find_mask || gc_refuse_mask || return 1 ;;
	esac
	while read -r gc_old gc_new gc_ref <&3; do
		[ -z "$gc_ref" ] || gc_judge_move "$gc_old" "$gc_new" "$gc_ref" || return 1
	done 3<<-END
		$gc_moves
	END
}

# One line: OLD NEW REF. OLD is not believed: update-ref says zeros for "whatever it is", and `0 0` is a deletion (branch -M and -D, tag -d).
gc_judge_move() {
	gc_name=${3#refs/heads/}
	if [ "$gc_name" != "$3" ]; then
		gc_protected "$gc_name" || return 0
	fi
	gc_symbolic "$3"
	gc_masked=$GC_TARGET
	gc_ref "$3"
	gc_now=$GC_ID
	if gc_zero "$2"; then
		[ -z "$gc_now" ] || gc_packs "$1" "$3" || gc_announced "$gc_now" "$2" "$3" || gc_refuse_move "$3" "is not deleted"
	elif [ -n "$gc_masked" ]; then
		gc_had "$3"
		[ "$2" = "$GC_ID" ] || gc_refuse_move "$3" "moves only to what its remote has"
	elif [ "$2" != "$gc_now" ]; then
		gc_announced "$gc_now" "$2" "$3" || gc_may_move "$2" "$3"
	fi
}

# Tell whether a ref may move to NEW: NEW REF.
gc_may_move() {
	case $2 in
	refs/tags/*) [ -z "$gc_now" ] || gc_refuse_move "$2" "is not moved" ;;
	*) gc_follows_remote "$1" "$2" || gc_begins || gc_refuse_move "$2" "moves only to what its remote has" ;;
	esac
}

# Tell whether NEW is what the branch's remote-tracking branch has: that of the law's remote, or the one that is configured as upstream.
gc_follows_remote() {
	gc_ref "refs/remotes/$GC_REMOTE/$gc_name"
	[ "$GC_ID" != "$1" ] || return 0
	gc_tracked=$(git for-each-ref --format='%(upstream)' "$2")
	case $gc_tracked in
	refs/remotes/*) gc_ref "$gc_tracked" ;;
	*) return 1 ;;
	esac
	[ "$GC_ID" = "$1" ]
}

# Tell whether this is the first commit of an empty repository: there is no branch, neither here nor of a remote.
gc_begins() {
	[ -z "$gc_now" ] && [ -z "$(git for-each-ref --count=1 refs/heads refs/remotes)" ]
}

# pack-refs and gc take a loose ref away once it is packed, which looks like a deletion; a real one holds packed-refs.lock: OLD REF.
gc_packs() {
	[ "$1" = "$gc_now" ] && [ -f "$GC_COMMON/packed-refs" ] && [ ! -e "$GC_COMMON/packed-refs.lock" ] || return 1
	grep -qxF -e "$1 $2" "$GC_COMMON/packed-refs"
}

gc_refuse_move() {
	case $1 in
	refs/tags/*)
		gc_refuse "${1#refs/tags/} is a snapshot: it $2" \
			"Leave it; old snapshots of merged branches go with: gatecheck snapshot prune"
		return 1
		;;
	esac
	gc_new_branch
	gc_quote "$gc_name"
	if [ "$GC_REMOTE" = none ]; then
		gc_refuse "$gc_name is a protected branch: it $2, and this repository has no remote" \
			"Work on a branch: git switch --create $GC_NEW. $GC_QUOTED can move once it has a remote where work is merged: git remote add origin URL && git push origin $GC_QUOTED; from then on: git pull --ff-only"
	else
		gc_quote "$GC_REMOTE"
		gc_refuse "$gc_name is a protected branch: it $2" \
			"Work on a branch (git switch --create $GC_NEW), have it merged on $GC_QUOTED, then: git fetch $GC_QUOTED, and git merge --ff-only"
	fi
}

# Only the transaction that mends a masked branch goes on.
gc_refuse_mask() {
	gc_target=$GC_TARGET
	gc_had "refs/heads/$gc_mask"
	gc_quote "refs/heads/$gc_mask"
	gc_refuse "$gc_mask is a protected branch, and was made to stand for $gc_target: it would move with it" \
		"Give it back what it had: git update-ref --no-deref $GC_QUOTED ${GC_ID:-COMMIT}"
}

# Find what a masked branch may go back to: what its remote has, else what it had by its own log before it was masked. Into GC_ID.
gc_had() {
	gc_ref "refs/remotes/$GC_REMOTE/${1#refs/heads/}"
	[ -z "$GC_ID" ] && [ -f "$GC_COMMON/logs/$1" ] || return 0
	gc_ref "$1" # through the mask
	gc_line=$(tail -n 1 "$GC_COMMON/logs/$1")
	gc_rest=${gc_line#* }
	if [ "${gc_rest%% *}" = "$GC_ID" ]; then # masking is what was written down last
		GC_ID=${gc_line%% *}
	else
		GC_ID=${gc_rest%% *}
	fi
}
