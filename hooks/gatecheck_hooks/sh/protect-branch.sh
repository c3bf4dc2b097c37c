# Refuses commits on a protected branch, and on a detached HEAD that is the tip of one.

# Tell whether a commit is made on a branch that nobody protects; after gc_known.
gc_free() {
	gc_checked_out
	[ -n "$gc_branch" ] && ! gc_protected "$gc_branch"
}

# Find the branch that a commit would move: into gc_branch, empty when HEAD is detached.
gc_checked_out() {
	gc_branch=
	gc_head=
	[ -h "$GC_GIT_DIR/HEAD" ] || IFS= read -r gc_head <"$GC_GIT_DIR/HEAD" || :
	case $gc_head in
	'' | 'ref: refs/heads/.invalid') gc_head="ref: $(git symbolic-ref --quiet HEAD)" ;; # a link; reftable
	esac
	case $gc_head in
	'ref: refs/heads/'*) gc_branch=${gc_head#ref: refs/heads/} ;;
	*) return 0 ;;
	esac
	gc_symbolic "refs/heads/$gc_branch"
	case $GC_TARGET in
	refs/heads/*) gc_branch=${GC_TARGET#refs/heads/} ;; # it stands for another one
	esac
}

# --- only where all is not well ---

# protect_branch HOOK [WHAT GIT GIVES THE HOOK...]; after gc_start and gc_law.
protect_branch() {
	if [ "$1" = pre-rebase ] && [ -n "${3:-}" ]; then
		gc_branch=${3#refs/heads/} # it is not checked out yet
	else
		gc_checked_out
	fi
	if [ -z "$gc_branch" ]; then
		gc_judge_detached
	elif gc_protected "$gc_branch" && ! gc_first_commit; then
		gc_refuse_branch "$1" "${2:-}"
	fi
}

# Tell whether this is the first commit of an empty repository: there is no branch, neither here nor of a remote.
gc_first_commit() {
	gc_ref "refs/heads/$gc_branch"
	[ -z "$GC_ID" ] && [ -z "$(git for-each-ref --count=1 refs/heads refs/remotes)" ]
}

gc_refuse_branch() {
	gc_new_branch
	gc_keep="git branch $GC_NEW && git symbolic-ref HEAD refs/heads/$GC_NEW && git commit"
	if [ "$1" = pre-rebase ]; then
		gc_quote "$2"
		gc_refuse "no rebase of $gc_branch: it is a protected branch" \
			"To update it: git pull --ff-only. To rebase commits of your own: git switch --create $GC_NEW && git rebase $GC_QUOTED"
	elif [ "$1" = pre-merge-commit ] || [ -f "$GC_GIT_DIR/MERGE_HEAD" ]; then
		gc_refuse "no merges into $gc_branch here: it is a protected branch" \
			"Keep the merge on a branch of its own: $gc_keep. Or give it up: git merge --abort"
	elif [ -f "$GC_GIT_DIR/CHERRY_PICK_HEAD" ] || [ -f "$GC_GIT_DIR/REVERT_HEAD" ] || [ -d "$GC_GIT_DIR/sequencer" ]; then
		gc_refuse "no commits on $gc_branch: it is a protected branch" \
			"Keep the work on a branch of its own, nothing is lost: $gc_keep"
	else
		gc_refuse "no commits on $gc_branch: it is a protected branch" \
			"Move the work to a branch of its own, nothing is lost: git switch --create $GC_NEW, then commit again"
	fi
}

# HEAD is detached: fine in the middle of a rebase or a bisect of something else, and anywhere but on a protected tip.
gc_judge_detached() {
	for gc_folder in rebase-merge rebase-apply; do
		[ -f "$GC_GIT_DIR/$gc_folder/head-name" ] || continue
		IFS= read -r gc_branch <"$GC_GIT_DIR/$gc_folder/head-name" || :
		gc_branch=${gc_branch#refs/heads/}
		gc_protected "$gc_branch" || return 0
		gc_new_branch
		gc_quote "$gc_branch"
		gc_refuse "this rebase would move $gc_branch, which is a protected branch" \
			"Stop it, and give the commits a branch of their own: git rebase --abort && git branch $GC_NEW $GC_QUOTED"
		return 1
	done
	[ ! -f "$GC_GIT_DIR/BISECT_LOG" ] || return 0
	for gc_tip in $(git for-each-ref --points-at=HEAD --format='%(refname)' refs/heads refs/remotes); do
		gc_branch=${gc_tip#refs/heads/}
		case $gc_branch in
		refs/remotes/*/*)
			gc_branch=${gc_branch#refs/remotes/}
			gc_branch=${gc_branch#*/}
			;;
		esac
		gc_protected "$gc_branch" || continue
		gc_new_branch
		gc_refuse "no commits on a detached HEAD that is the tip of $gc_branch, a protected branch" \
			"Give the work a branch, nothing is lost: git switch --create $GC_NEW, then commit again"
		return 1
	done
}
