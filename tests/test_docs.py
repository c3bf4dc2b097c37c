"""Every example in the documentation is tried: run, read as what it is, or compared with what the program really says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from gatecheck import plans, registry
from gatecheck import policy as policies
from gatecheck.errors import PolicyError

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: page.relative_to(ROOT).as_posix()
)
BLOCK = re.compile(
    r"(?:^<!-- test: (?P<test>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
GENERATED = re.compile(r"<!-- layers -->\n.*?<!-- /layers -->", re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    test: str
    text: str

    @property
    def how(self) -> str:
        """How it is tried: what the comment above it says, else what its language implies."""
        return self.test.partition(" ")[0] or {"yaml": "policy"}.get(self.language, "")

    @property
    def about(self) -> str:
        return self.test.partition(" ")[2]


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = GENERATED.sub(lambda part: re.sub(r"[^\n]", "", part[0]), page.read_text(encoding="utf-8"))
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            name = page.relative_to(ROOT).as_posix()
            found.append(Block(name, line, match["language"], match["test"] or "", match["text"]))
    return found


BLOCKS = blocks()
HOWS = {
    "policy",
    "change",
    "make",
    "by-hand",
    "workflow",
    "gitlab",
    "pre-commit",
    "demo",
    "gate",
    "entry-point",
    "examples",
    "page",
    "pytest",
    "install",
    "hooked",
    "snapshot",
    "plan",
    "plan-file",
    "tags",
    "kept",
}
MODULES = {
    "gatecheck-protect-branch": "protect-branch",
    "gatecheck-commit-message": "commit_message.py",
    "gatecheck-secrets": "secrets.py",
}
"""Where what a hook takes as arguments is written."""
RENAMED = "leftovers_of_the_docs"
"""What CONTRIBUTING's gate is called here: who follows the tutorial in a clone has one called `leftovers` installed."""


def tried(*hows: str):
    chosen = [block for block in BLOCKS if block.how in hows]
    assert chosen, hows
    return pytest.mark.parametrize("block", chosen, ids=lambda block: f"{block.page}:{block.line}")


def script(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_example_says_how_it_is_tried():
    left = [
        f"{b.page}:{b.line} ({b.language})" for b in BLOCKS if b.how not in HOWS and b.language != "markdown"
    ]
    assert not left


def test_every_link_leads_somewhere():
    broken = []
    for page in PAGES:
        for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / target).resolve() if target else page
            if not there.exists() or (anchor and anchor not in anchors(there)):
                broken.append(f"{page.relative_to(ROOT)}: {target}#{anchor}")
    assert not broken


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_generated_parts_are_current():
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stale_part_is_named_and_written_anew(tmp_path, monkeypatch, capsys):
    generate = script("docs/generate.py")
    page = tmp_path / "docs" / "exit-codes.md"
    page.parent.mkdir()
    page.write_text("before\n<!-- exit-codes -->\nold\n<!-- /exit-codes -->\nafter\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("<!-- of somebody else -->\n", encoding="utf-8")
    (tmp_path / "schemas").mkdir()
    monkeypatch.setattr(generate, "DOCS", page.parent)
    monkeypatch.setattr(generate, "SCHEMAS", tmp_path / "schemas")
    assert generate.main(["--check"]) == 1
    assert "stale: docs/exit-codes.md" in capsys.readouterr().out
    assert generate.main([]) == 0
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| 3 | waiting for a human |" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert generate.main(["--check"]) == 0


@tried("policy")
def test_a_policy_in_the_docs_is_one(block):
    document = yaml.safe_load(block.text)
    head = "".join(line for key, line in (("version", "version: 1\n"),) if key not in document)
    try:
        assert registry.build(policies.parse((head + block.text).encode(), block.page))
    except PolicyError as error:
        pytest.fail(str(error))


@tried("make")
def test_every_make_target_in_the_docs_is_one(block):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in block.text.splitlines():
        command, target = line.partition("#")[0].split()
        assert command == "make"
        assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE), target


@tried("by-hand")
def test_the_lines_without_make_do_what_make_does(block):
    venv, install, demo = (line.split() for line in block.text.splitlines())
    assert venv == ["python3", "-m", "venv", ".venv"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    wanted = sorted(re.match(r"[\w-]+", requirement)[0] for requirement in groups["demo"])
    assert install == [".venv/bin/pip", "install", "--editable", ".", *wanted]
    assert demo[0] == ".venv/bin/python"
    assert f"python {demo[1]}" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture
def shop(project):
    """Give the demo's shop, with a branch `change` that may enter."""
    shutil.copytree(ROOT / "examples/shop", project.path, dirs_exist_ok=True, copy_function=shutil.copyfile)
    project.main()
    project.change()
    shutil.copytree(
        ROOT / "examples/changes/count-items", project.path, dirs_exist_ok=True, copy_function=shutil.copyfile
    )
    project.change()
    return project


@tried("change")
def test_shell_examples_work_in_a_repository(block, shop, tmp_path):
    records = tmp_path / "advisory-database"  # what the page on dependencies imports
    records.mkdir()
    shutil.copy(ROOT / "tests/examples/dependencies/advisories.json", records)
    code = "set -euo pipefail\n" + block.text.replace("/tmp/", f"{tmp_path}/")
    done = subprocess.run(["bash", "-c", code], cwd=shop.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@tried("snapshot")
def test_the_snapshots_of_the_remote_are_fetched_as_the_docs_say(block, shop):
    shop.git("tag", "--annotate", "--message", "x", "backup-1")
    shop.git("push", "--quiet", "origin", "backup-1")
    shop.git("tag", "--delete", "backup-1")
    subprocess.run(["bash", "-euc", block.text], cwd=shop.path, check=True, capture_output=True)
    assert shop.git("tag") == "backup-1"


@tried("kept")
def test_what_is_kept_looks_as_the_docs_show(block, shop):
    shop.git("switch", "--quiet", "main")
    shop.write({"one": "", "two": ""})
    assert shop.gatecheck("start", "make the totals faster").returncode == 0
    if block.about == "list":
        told = f"$ gatecheck snapshot list\n{shop.gatecheck('snapshot', 'list').stdout}"
    else:
        told = shop.git("for-each-ref", "--format=%(contents)", "refs/tags/backup-*")
    assert _anonymous(told) == _anonymous(block.text)


def _anonymous(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{10,40}\b", "ID", re.sub(r"\d{8}T\d{6}Z", "TIME", text)).strip()


@tried("tags")
def test_workflows_in_the_docs_pass_by_the_tags_of_snapshots(block):
    document = yaml.safe_load(block.text)
    if "workflow" in document:
        first = document["workflow"]["rules"][0]
        (_, pattern) = re.fullmatch(r"\$(CI_COMMIT_TAG) =~ /(.+)/", first["if"]).groups()
        assert first["when"] == "never"
        assert re.search(pattern, "backup-20260102T030405Z")
    else:
        push = document[True]["push"]
        assert push["branches"] == ["**"], "with tags alone it would run for no branch"
        assert push["tags-ignore"] == ["backup-*"]


@tried("plan")
def test_a_plan_is_begun_as_the_docs_say(block, shop):
    done = subprocess.run(
        ["bash", "-euc", block.text], cwd=shop.path, check=True, capture_output=True, text=True
    )
    (path,) = (shop.path / plans.FOLDER).iterdir()
    _, _, shown = block.text.splitlines()[0].partition("# writes ")
    assert re.fullmatch(shown.replace("<time>", r"\d{8}T\d{6}Z"), f"{plans.FOLDER}{path.name}")
    assert f"{path.name}: 16 to mend" in done.stdout


@tried("plan-file")
def test_a_plan_in_the_docs_is_finished(block):
    assert plans.read(block.text.encode(), block.page).flaws == ()


@tried("workflow", "gitlab")
def test_what_to_paste_is_read_as_meant(block):
    document = yaml.safe_load(block.text)
    if block.how == "gitlab":
        (job,) = document.values()
        assert "paths" not in str(job["rules"])
        assert job["variables"]["GIT_DEPTH"] == "0"
        scripts = job["script"]
    else:
        scripts = check_workflow(document)
    for each in scripts:
        subprocess.run(["bash", "-n"], input=each, text=True, check=True)


def test_our_own_workflow_keeps_what_the_docs_ask_for():
    document = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    for each in check_workflow(document):
        subprocess.run(["bash", "-n"], input=each, text=True, check=True)


def check_workflow(document: dict) -> list[str]:
    """Hold a workflow against what docs/ci.md says, and return its scripts."""
    triggers = document[True]  # YAML 1.1 takes `on` for true
    assert {"pull_request", "merge_group"} <= set(triggers)
    assert "pull_request_target" not in triggers
    assert not any("paths" in (options or {}) for options in triggers.values())
    assert document["permissions"] == {"contents": "read"}
    scripts = []
    for job in document["jobs"].values():
        assert "if" not in job
        (checkout,) = [s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
        found = [step["run"] for step in job["steps"] if "run" in step]
        assert not any("${{" in each for each in found), "event values come in through env"
        scripts += found
    return scripts


@tried("pre-commit")
def test_the_hooks_in_the_docs_are_some_that_we_offer_and_are_installed(block):
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    document = yaml.safe_load(block.text)
    (repo,) = document["repos"]
    stages = {hook["id"]: set(hook["stages"]) - {"manual"} for hook in offered}
    asked = set().union(*(stages[hook["id"]] for hook in repo["hooks"]))
    assert set(document["default_install_hook_types"]) <= asked
    for hook in repo["hooks"]:
        assert stages[hook["id"]] & set(document["default_install_hook_types"])
        for word in hook.get("args", []):
            code = (ROOT / "hooks/gatecheck_hooks" / MODULES[hook["id"]]).read_text(encoding="utf-8")
            assert f"{word.removeprefix('--').partition('=')[0]}" in code, word


@tried("hooked")
def test_what_a_hook_says_in_the_docs_is_what_it_says(block, shop):
    done = shop.gatecheck("install")
    assert done.returncode == 0, done.stderr
    told = "set -u\n"
    for line in block.text.splitlines():
        if line.startswith("$ "):
            told += f"printf '%s\\n' {shlex.quote(line)}\n{{ {line[2:]}; }} 2>&1\n"
    done = subprocess.run(["bash", "-c", told], cwd=shop.path, capture_output=True, text=True, check=False)
    assert steady_names(done.stdout, shop) == steady_names(block.text, shop)
    assert done.stderr == ""


def steady_names(text: str, project) -> str:
    """Return output without what differs from clone to clone and from second to second."""
    for name, shown in (
        (str(project.remote), "https://example.org/shop.git"),
        (str(project.path), "/home/you/shop"),
        (sys.executable, "/opt/gatecheck/bin/python"),
    ):
        text = text.replace(name, shown)
    return re.sub(r"\b[0-9a-f]{40}\b", "ID", re.sub(r"\d{8}T\d{6}Z", "TIME", text))


@tried("pytest")
def test_the_commands_of_the_tutorial_name_what_is_there(block):
    for line in block.text.splitlines():
        program, *words = line.split()
        assert program == ".venv/bin/python"
        paths = [word for word in words if "/" in word]
        assert paths
        assert all((ROOT / path).exists() for path in paths)


@tried("install")
def test_what_the_readme_installs_is_on_path_and_runs_in_any_repository(block, shop, isolated):
    code = "set -euo pipefail\n" + block.text.replace("/path/to/your/clone", shlex.quote(str(ROOT)))
    # pip fetches nothing here: what it builds with, and what gatecheck depends on, are those of this environment.
    env = {
        **os.environ,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_NO_INDEX": "1",
        "PATH": f"{isolated}/.local/bin{os.pathsep}{os.environ['PATH']}",
    }
    code += "gatecheck --version\ngatecheck list\n"
    done = subprocess.run(
        ["bash", "-c", code], cwd=shop.path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    program = (isolated / ".local/bin/gatecheck").resolve()
    assert program == isolated / ".local/share/gatecheck/bin/gatecheck"
    assert program.read_text(encoding="utf-8").startswith(f"#!{program.parent}/python")


def test_the_script_for_exit_codes_takes_no_old_report_for_an_answer(shop, tmp_path):
    (block,) = [b for b in BLOCKS if b.page == "docs/exit-codes.md" and "report" in b.text]
    old = tmp_path / "report.json"
    old.write_text('{"verdict": "pass"}', encoding="utf-8")
    shop.main({".gatecheck.yaml": "version: 1\ngates: {tests: {rn: x}}\n"})
    code = "set -euo pipefail\n" + block.text.replace("/tmp/", f"{tmp_path}/")
    done = subprocess.run(["bash", "-c", code], cwd=shop.path, capture_output=True, text=True, check=False)
    assert done.stdout == "no report, exit code 2\n", done.stderr
    assert not old.exists()


def tutorial(how: str) -> str:
    """Return the text of CONTRIBUTING's block about its gate, with the gate's name as it is here."""
    (block,) = [b for b in BLOCKS if b.test == f"{how} leftovers"]
    return block.text.replace("leftovers", RENAMED)


@pytest.fixture
def leftovers(tmp_path, monkeypatch):
    """Install CONTRIBUTING's gate as a distribution of somebody else's would be."""
    site = tmp_path / "site"
    info = site / f"{RENAMED}-1.0.dist-info"
    info.mkdir(parents=True)
    points = tomllib.loads(tutorial("entry-point"))["project"]["entry-points"]["gatecheck.gates"]
    ((name, where),) = points.items()
    module = where.removeprefix("gatecheck_gates.")
    (site / f"{module.partition(':')[0]}.py").write_text(tutorial("gate"), encoding="utf-8")
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {RENAMED}\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[gatecheck.gates]\n{name} = {module}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)


@pytest.fixture
def examples(tmp_path):
    """Write CONTRIBUTING's examples, and return their folder."""
    made = tmp_path / "made"
    made.mkdir()
    subprocess.run(["bash", "-euc", tutorial("examples")], cwd=made, check=True)
    return made / "tests/examples" / RENAMED


@pytest.mark.parametrize(
    ("example", "code", "verdict"), [("pass", 0, "pass"), ("fail", 1, "fail"), ("nothing", 4, "error")]
)
@pytest.mark.usefixtures("leftovers")
def test_the_examples_of_contributing_are_judged_as_it_says(project, examples, example, code, verdict):
    shutil.copytree(examples / example / "base", project.path, dirs_exist_ok=True)
    project.main()
    project.change()
    shutil.copytree(examples / example / "head", project.path, dirs_exist_ok=True)
    project.change()
    done = project.gatecheck("run", "--output-format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    (gate,) = json.loads(done.stdout)["gates"]
    assert (gate["kind"], gate["verdict"]) == (RENAMED, verdict)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("fine\n\n", 0, "1 line"),
        ("fine\n<<<<<<< HEAD\n", 1, "file.txt:2"),
        ("old\n>>>>>>> old\nfine\n", 0, "3 lines"),
        (None, 4, "no gate looked at this change"),
    ],
    ids=["pass", "fail", "only an old marker", "deleted"],
)
@pytest.mark.usefixtures("leftovers")
def test_the_gate_of_contributing_works(project, examples, text, code, says):
    policy = (examples / "pass/base/.gatecheck.yaml").read_text(encoding="utf-8")
    project.main({"file.txt": "old\n>>>>>>> old\n", "other.txt": "old\n"}, policy=policy)
    project.change({"file.txt": text})
    done = project.gatecheck("run")
    assert done.returncode == code, done.stdout + done.stderr
    assert says in " ".join(done.stdout.split())


@pytest.mark.usefixtures("leftovers")
def test_the_page_of_contributing_gets_its_tables():
    page = script("docs/generate.py").fill(Path(f"{RENAMED}.md"), tutorial("page"))
    assert "| `markers` (primary) |" in page
    assert f"| `{RENAMED}/marker` | block |" in page


@pytest.mark.long
def test_the_readme_shows_what_the_demo_prints(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "examples/demo.py", tmp_path / "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sections = re.split(r"^=+\n\d+\. .+\n=+\n", done.stdout, flags=re.MULTILINE)[1:]
    told = {
        re.search(r"gatecheck run +# on (.+)", text)[1]: text.partition("\n=====")[0] for text in sections
    }
    assert len(told) == 6
    check_last_line(done.stdout)
    for block in (block for block in BLOCKS if block.how == "demo"):
        assert steady(block.text) == steady(told[block.about]), (
            f"{block.page}:{block.line}: {told[block.about]}"
        )


def check_last_line(told: str) -> None:
    """Do what the demo's last line says, as somebody with no environment active would."""
    line = told.splitlines()[-1].removeprefix("Try it yourself: ")
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    env["PATH"] = os.pathsep.join(
        folder
        for folder in env["PATH"].split(os.pathsep)
        if Path(folder).resolve() != Path(sys.executable).parent.resolve()
    )
    done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, line + done.stdout + done.stderr


def steady(text: str) -> str:
    """Return output without what differs from run to run: times, ids, folders, and how wide the columns are."""
    text = re.sub(r"\b[0-9a-f]{10}\b", "ID", text)
    text = re.sub(r"\b\d+(\.\d+)? ?s\b", "TIME", text)
    text = re.sub(r"log: \S+/", "log: ", text)
    return textwrap.dedent(re.sub(r"[ \n]+", " ", text)).strip()


def test_the_demo_tells_when_a_branch_gets_another_exit_code(tmp_path, capfd):
    demo = script("examples/demo.py")
    (tmp_path / "demo").mkdir()
    clone = demo.build(tmp_path / "demo")
    story = demo.Story("cheaper-shipping", "Expects the wrong thing.", "", 0)
    assert not demo.tell(clone, demo.environment(tmp_path / "demo"), 1, story)
    assert "the demo has failed" in capfd.readouterr().out


def test_the_demo_removes_no_folder_that_it_did_not_make(tmp_path):
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit, match="not made by this demo"):
        script("examples/demo.py").main([str(tmp_path)])
    assert (tmp_path / "precious").exists()
