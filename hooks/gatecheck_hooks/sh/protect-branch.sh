# Refuses commits on a protected branch, and on a detached HEAD that is the tip of one.

# protect_branch HOOK [ARGUMENTS OF THE HOOK...]; call gc_start and gc_law first.
protect_branch() {
	gc_branch=
	IFS= read -r gc_head <"$GC_GIT_DIR/HEAD" || :
	case $gc_head in
	'ref: refs/heads/'*) gc_branch=${gc_head#ref: refs/heads/} ;;
	esac
	[ -n "$gc_branch" ] || return 0
	gc_protected "$gc_branch" || return 0
	gc_refuse "no commits on $gc_branch: it is a protected branch" \
		"Move the work to a branch of its own, and commit again: git switch --create my-change"
}
