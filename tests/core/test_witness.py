import marshal
import os

import pytest

from gatecheck import witness


def again(seen):
    """As it comes back from the disk."""
    return marshal.loads(marshal.dumps(seen))


@pytest.fixture
def folder(tmp_path):
    top = tmp_path / "site-packages"
    (top / "shop-1.0.dist-info").mkdir(parents=True)
    (top / "shop").mkdir()
    (top / "shop" / "a.py").write_text("a = 1\n")
    (top / "extra.pth").write_text("/src\n")
    (top / "__editable__.finder.py").write_text("")
    return top


@pytest.mark.parametrize(
    ("how", "what", "change"),
    [
        (witness.file, "extra.pth", lambda top: (top / "extra.pth").write_text("/other\n")),
        (witness.file, "extra.pth", lambda top: (top / "extra.pth").unlink()),
        (witness.file, "new", lambda top: (top / "new").write_text("")),
        (
            witness.file,
            "shop",
            lambda top: ((top / "shop/a.py").unlink(), (top / "shop").rmdir(), (top / "shop").touch()),
        ),
        (
            witness.file,
            "extra.pth/below",
            lambda top: (
                (top / "extra.pth").unlink(),
                (top / "extra.pth").mkdir(),
                (top / "extra.pth/below").touch(),
            ),
        ),
        (witness.stamp, "extra.pth", lambda top: (top / "extra.pth").write_text("longer than it was\n")),
        (witness.stamp, "extra.pth", lambda top: (top / "extra.pth").unlink()),
        (witness.stamp, "new", lambda top: (top / "new").write_text("")),
        (witness.names, "shop", lambda top: (top / "shop" / "b.py").write_text("")),
        (witness.names, "shop", lambda top: (top / "shop" / "a.py").unlink()),
        (witness.names, "new", lambda top: ((top / "new").mkdir(), (top / "new" / "ref").touch())),
        (witness.distributions, ".", lambda top: (top / "pay-2.dist-info").mkdir()),
        (
            witness.distributions,
            ".",
            lambda top: (top / "shop-1.0.dist-info").rename(top / "shop-1.1.dist-info"),
        ),
        (witness.distributions, ".", lambda top: os.utime(top / "__editable__.finder.py", (1, 1))),
        (witness.distributions, "new", lambda top: (top / "new").mkdir()),
        (witness.sources, "shop", lambda top: (top / "shop" / "b.py").write_text("")),
        (witness.sources, "shop", lambda top: os.utime(top / "shop" / "a.py", (1, 1))),
    ],
)
def test_a_witness_holds_until_what_it_saw_changes(folder, how, what, change):
    seen = again(how(str(folder / what)))
    assert witness.holds(seen)
    change(folder)
    assert not witness.holds(seen)


def test_what_nobody_looks_at_changes_nothing(folder):
    seen = again(witness.distributions(str(folder)))
    (folder / "shop" / "b.py").write_text("")
    assert witness.holds(seen)


def test_a_variable_is_seen_set_changed_and_gone(monkeypatch):
    monkeypatch.delenv("SHOP", raising=False)
    absent = again(witness.variable("SHOP"))
    monkeypatch.setenv("SHOP", "1")
    one = again(witness.variable("SHOP"))
    assert not witness.holds(absent)
    assert witness.holds(one)
    monkeypatch.setenv("SHOP", "2")
    assert not witness.holds(one)


def test_more_names_than_can_be_compared_never_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(witness, "MOST_NAMES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()
    seen = again(witness.names(str(tmp_path)))
    assert not witness.holds(seen)


def test_a_kind_of_witness_that_is_not_known_never_holds():
    assert not witness.holds(("dream", "sheep", None))


def test_an_editors_link_that_leads_nowhere_breaks_nothing(folder):
    (folder / "shop" / ".#a.py").symlink_to("jo@host.1234")
    seen = again(witness.sources(str(folder / "shop")))
    assert witness.holds(seen)
    (folder / "shop" / ".#a.py").unlink()
    assert not witness.holds(seen)
