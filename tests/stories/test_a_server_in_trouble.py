"""A server whose disk is full, and pushes that race: what was not taken whole is not taken."""

import re
import subprocess

import pytest

FULL = """
mount -t tmpfs -o size=12m,nr_inodes=0 none "$1" && cp -a "$2/." "$1/" && cd "$3" || exit 99
for left in 0 4 8 12 16 20 24 32 48 96; do
    rm -f "$1/fill"
    free=$(df --output=avail -k "$1" | tail -n 1)
    head -c "$(((free - left) * 1024))" /dev/zero >"$1/fill"
    before=$(git -C "$1" for-each-ref)
    git push --quiet "$1" "main:refs/heads/at-$left" 2>"$4" && said=taken || said=refused
    rm -f "$1/fill"
    after=$(git -C "$1" for-each-ref)
    [ "$before" = "$after" ] && moved=no || moved=yes
    git -C "$1" fsck --no-dangling >/dev/null 2>&1 && whole=yes || whole=no
    echo "LEFT $left $said $moved $whole $(ls "$1/objects" | grep -c tmp_)"
    cat "$4"
done
"""


def test_on_a_full_disk_a_push_is_taken_whole_or_not_at_all(served, server, tmp_path):
    served.commit({"large.txt": "".join(f"{number * number}\\n" for number in range(900))})
    mounted = tmp_path / "full"
    mounted.mkdir()
    words = ["unshare", "-Urm", "sh", "-c", FULL, "-", mounted, server.path, served.path, tmp_path / "said"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if "unshare" in done.stderr or done.returncode == 99:
        pytest.skip(f"no file system of a given size can be made here: {done.stderr}")
    told = re.findall(r"^LEFT (\d+) (\w+) (\w+) (\w+) (\d+)$", done.stdout, re.MULTILINE)
    assert {(said, moved) for _, said, moved, _, _ in told} == {("taken", "yes"), ("refused", "no")}, (
        done.stdout
    )
    assert {whole for *_, whole, _ in told} == {"yes"}
    assert told[0][1] == "refused"
    assert told[-1][1] == "taken"
    assert "Traceback" not in done.stdout
    assert "gatecheck: the server: " in done.stdout
