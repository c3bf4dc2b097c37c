"""Snapshots of the whole current state, as commits made out of band: taken, listed, restored and pruned."""
