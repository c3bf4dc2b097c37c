# Refuses moves of guarded refs that no pre-receive hook of ours has let pass, and a move without what it was let pass with.

# Tell whether all that is guarded moves as the hook of this very push said: with the lines about guarded refs in gc_moves; after gc_start.
gs_let_pass() {
	gs_read_pass || return 1
	gs_proven=
	while read -r gc_old gc_new gc_ref <&3; do
		[ -n "$gc_ref" ] || continue
		case $GS_PASS in
		*"${GC_NL}free $gc_new $gc_ref$GC_NL"*) ;;
		*"${GC_NL}proven $gc_new $gc_ref$GC_NL"*) gs_proven=yes ;;
		*) return 1 ;;
		esac
	done 3<<-END
		$gc_moves
	END
	[ -z "$gs_proven" ] || gs_together
}

# Read what pre-receive has let pass for the process that started both hooks, into GS_PASS.
gs_read_pass() {
	GS_PASS=$GC_NL
	[ -f "$GC_DIR/pushes/$PPID" ] || return 1
	{
		IFS= read -r gs_line && gs_begun && [ "$gs_line" = "gatecheck-push 1 $GS_BEGUN" ] || return 1
		gs_left=20
		while [ $gs_left -gt 0 ] && IFS= read -r gs_line; do
			gs_left=$((gs_left - 1))
			GS_PASS=$GS_PASS$gs_line$GC_NL
		done
		[ $gs_left -gt 0 ] || GS_PASS=$GS_PASS$(cat)$GC_NL # sh reads byte by byte
	} <"$GC_DIR/pushes/$PPID"
	case $GS_PASS in
	*"${GC_NL}end$GC_NL" | *"${GC_NL}end$GC_NL$GC_NL") return 0 ;;
	*) return 1 ;;
	esac
}

# When that process began, so that another one with its number is not taken for it, into GS_BEGUN. Source: proc_pid_stat(5).
gs_begun() {
	GS_BEGUN=-
	[ -r "/proc/$PPID/stat" ] || return 0
	IFS= read -r gs_stat <"/proc/$PPID/stat" || return 1
	set -f
	# shellcheck disable=SC2086 -- numbers
	set -- ${gs_stat##*) }
	set +f
	GS_BEGUN=${20}
}

# Tell whether the evidence and the approvals of the push move in the same transaction, or are there already.
gs_together() {
	while read -r gs_word gc_new gc_ref <&3; do
		[ "$gs_word" = with ] || continue
		case $gc_moves in
		*" $gc_new $gc_ref$GC_NL"*) continue ;;
		esac
		gc_ref "$gc_ref"
		[ "$GC_ID" = "$gc_new" ] || return 1
	done 3<<-END
		$GS_PASS
	END
}

# --- only where all is not well ---

# server_transaction: what was not let pass may be no move at all, or a matter of whoever runs the server.
server_transaction() {
	if gs_read_pass; then
		gc_refuse "protected branches move only together with the evidence and approvals that are pushed with them" \
			"Push all of it at once: git push --atomic, or gatecheck merge --push"
		return 1
	fi
	gs_left=
	while read -r gc_old gc_new gc_ref <&3; do
		[ -n "$gc_ref" ] || continue
		gc_ref "$gc_ref"
		gc_now=$GC_ID
		if gc_zero "$gc_new"; then
			[ -z "$gc_now" ] || gc_packs "$gc_old" "$gc_ref" || gs_left="$gs_left${gc_now:-$gc_old} $gc_new $gc_ref$GC_NL"
		elif [ "$gc_new" != "$gc_now" ]; then
			gs_left="$gs_left${gc_now:-$gc_old} $gc_new $gc_ref$GC_NL"
		fi
	done 3<<-END
		$gc_moves
	END
	[ -n "$gs_left" ] || return 0
	gs_interpreter || return 1
	printf %s "$gs_left" | "$GC_PYTHON" -I -m gatecheck.server guard
}

gs_interpreter() {
	[ -x "$GC_PYTHON" ] && return 0
	gc_refuse "gatecheck is gone from this server, so no guarded ref moves: there is no interpreter $GC_PYTHON" \
		"Install gatecheck again, and run: gatecheck server install"
}
