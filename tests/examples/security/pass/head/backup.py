"""Backups. The old call still has its shell, and the new one has none."""

import subprocess


def backup(folder):
    subprocess.run(
        f"tar czf backup.tgz {folder}",
        shell=True,
        check=True,
    )


def restore(folder):
    subprocess.run(["tar", "xzf", "backup.tgz", "-C", folder], check=True)
