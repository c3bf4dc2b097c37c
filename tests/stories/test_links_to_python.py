"""Security where Python comes in by another name: behind symbolic links, and in scripts whose names do not say it."""

from __future__ import annotations

import json
import os

import pytest

POLICY = "version: 1\nprotect: [main]\nexempt: ['docs/**/*.md']\ngates: {security: {}}\n"
BAD = "import subprocess\n\n\ndef order(words):\n    subprocess.call(words, shell=True)\n"
BLOCKED = "security/B602"


@pytest.fixture
def shop(project):
    """A project with an insecure call of old, a harmless text, and a module that is a link to another."""
    project.main({"shop/old.py": BAD, "shop/plain.txt": "x = 1\n", "docs/a.md": "x = 1\n"}, policy=POLICY)
    return project


def link(project, target, path):
    where = project.path / path
    where.parent.mkdir(parents=True, exist_ok=True)
    where.unlink(missing_ok=True)
    where.symlink_to(target)


def judged(project):
    done = project.gatecheck("run", "--output-format", "json")
    (gate,) = json.loads(done.stdout)["gates"]
    return done.returncode, gate


def found(project):
    code, gate = judged(project)
    assert gate["outcome"], gate
    told = [
        (group["rule"], item["standing"], item["path"], item["line"])
        for group in gate["outcome"]["findings"]
        for item in group["items"]
        if item["standing"] != "note"
    ]
    return code, told


@pytest.mark.parametrize(
    ("target", "text"),
    [("plug.txt", "shop/plug.txt"), ("../docs/plug.md", "docs/plug.md"), ("./../shop/../plug", "plug")],
)
def test_what_a_module_points_to_is_scanned_at_the_links_name(shop, target, text):
    link(shop, target, "shop/plug.py")
    shop.change({text: BAD})
    assert found(shop) == (1, [(BLOCKED, "blocks", "shop/plug.py", 5)])


def test_links_behind_links_are_followed(shop):
    link(shop, "v1", "data/now")
    link(shop, "../data/now/code.txt", "shop/plug.py")
    shop.change({"data/v1/code.txt": BAD})
    assert found(shop) == (1, [(BLOCKED, "blocks", "shop/plug.py", 5)])


def test_a_change_to_what_an_old_link_points_to_is_found(shop):
    link(shop, "plain.txt", "shop/plug.py")
    shop.main()
    shop.change({"shop/plain.txt": "x = 1\n" + BAD})
    assert found(shop) == (1, [(BLOCKED, "blocks", "shop/plug.py", 6)])


def test_what_stood_behind_a_link_before_is_old(shop):
    link(shop, "plain.txt", "shop/plug.py")
    shop.main({"shop/plain.txt": BAD})
    shop.change({"shop/plain.txt": "x = 1\n" + BAD})
    assert found(shop) == (0, [(BLOCKED, "old", "shop/plug.py", 6)])
    (shop.path / "shop/plug.py").unlink()
    shop.change({"shop/plug.py": BAD + "x = 1\n"})
    assert found(shop) == (0, [(BLOCKED, "old", "shop/plug.py", 5)])


def test_a_link_to_a_python_file_is_judged_there_and_not_twice(shop):
    link(shop, "old.py", "shop/other.py")
    shop.change()
    code, gate = judged(shop)
    assert (code, gate["verdict"]) == (4, "not-applicable")
    assert "judged under their own names" in gate["reason"]
    shop.change({"shop/old.py": BAD + BAD.replace("order", "pay")})
    assert [each for each in found(shop)[1] if each[1] == "blocks"] == [
        (BLOCKED, "blocks", "shop/old.py", 10)
    ]


def test_a_file_that_leaves_a_link_where_it_was_is_not_new(shop):
    shop.change({"shop/old.py": None, "shop/new.py": BAD})
    link(shop, "new.py", "shop/old.py")
    shop.change()
    code, told = found(shop)
    assert (code, [each[1] for each in told]) == (0, ["old"])


def test_a_link_to_code_for_developers_makes_it_the_products(shop):
    link(shop, "../tests/helper.py", "shop/helper.py")
    shop.change({"tests/helper.py": BAD})
    assert found(shop) == (1, [(BLOCKED, "blocks", "shop/helper.py", 5)])


@pytest.mark.parametrize("target", ["/opt/plug.py", "../../plug.py", "gone.py", "plug.py"])
def test_a_link_that_leads_nowhere_waits_for_a_human(shop, target):
    link(shop, target, "shop/plug.py")
    shop.change()
    assert found(shop) == (3, [("security/astray", "approval", "shop/plug.py", None)])


def test_links_of_other_names_and_to_folders_are_not_its_matter(shop):
    link(shop, "/opt/shop", "current")
    link(shop, "shop", "shop.py")
    link(shop, "plain.txt", "shop/text")
    link(shop, "gone.md", "docs/b.md")
    shop.change()
    assert judged(shop)[1]["verdict"] == "not-applicable"


def test_an_exempt_link_is_left_alone(shop):
    shop.main(policy=POLICY.replace("'docs/**/*.md'", "'vendor/**'"))
    link(shop, "../shop/plug.txt", "vendor/plug.py")
    shop.change({"shop/plug.txt": BAD})
    assert judged(shop)[1]["verdict"] == "not-applicable"


@pytest.mark.parametrize(
    ("path", "first", "mode"),
    [
        ("deploy", "#!/usr/bin/env -S uv run --script", 0o644),
        ("deploy-1.2", "#!/usr/bin/env python3", 0o644),
        ("deploy.cgi", "#!/usr/bin/python3", 0o644),
        ("deploy.task", "#!/usr/bin/env pypy3", 0o755),
    ],
)
def test_a_script_is_python_by_its_first_line(shop, path, first, mode):
    shop.write({path: f"{first}\n{BAD}"})
    os.chmod(shop.path / path, mode)
    shop.change()
    assert found(shop) == (1, [(BLOCKED, "blocks", path, 6)])


def test_other_scripts_are_not(shop):
    shop.change({"a.txt": f"#!/usr/bin/env python3\n{BAD}", "b.cgi": "#!/bin/sh\nuv run\n", "c": "python\n"})
    assert judged(shop)[1]["verdict"] == "not-applicable"
