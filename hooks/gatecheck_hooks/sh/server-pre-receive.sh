# Judges a push in the repository that holds protected branches: everything is asked of Python, and no answer is no.

# pre_receive; without another hook behind it Python takes this process's place, so that whatever kills it, kills the hook.
pre_receive() {
	gs_interpreter || return 1
	if [ ! -f "$GC_CHAINED/$GC_HOOK" ] || [ ! -x "$GC_CHAINED/$GC_HOOK" ]; then
		exec "$GC_PYTHON" -I -m gatecheck.server receive "$PPID"
	fi
	GC_STDIN=$(cat && printf .) || return 1
	printf %s "${GC_STDIN%.}" | "$GC_PYTHON" -I -m gatecheck.server receive "$PPID" || return 1
	printf %s "${GC_STDIN%.}" | "$GC_CHAINED/$GC_HOOK"
}

# Refuse when gatecheck itself is gone: nobody could say that the push is good.
gs_interpreter() {
	[ -x "$GC_PYTHON" ] && return 0
	printf '%s\n' "gatecheck: gatecheck is gone from this server, so nothing can be pushed: there is no interpreter $GC_PYTHON" \
		"  fix: Tell whoever runs the server: install gatecheck again, and run gatecheck server install" >&2
	return 1
}
