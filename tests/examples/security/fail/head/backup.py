import subprocess


def backup(folder):
    subprocess.run(f"tar czf backup.tgz {folder}", shell=True, check=True)


def restore(folder):
    subprocess.run(f"tar xzf backup.tgz -C {folder}", shell=True, check=True)
