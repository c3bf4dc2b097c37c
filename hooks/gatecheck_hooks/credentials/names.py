"""Files that are secrets by what they are called."""

from __future__ import annotations

_NAMES = {
    **dict.fromkeys(
        (b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ed25519", b"id_ecdsa_sk", b"id_ed25519_sk"), "a private key"
    ),
    **dict.fromkeys((b".env", b".envrc.private"), "a file of variables that are mostly secrets"),
    **dict.fromkeys(
        (b".netrc", b"_netrc", b".git-credentials", b".pgpass", b".my.cnf"), "a file of passwords"
    ),
    **dict.fromkeys((b".pypirc", b".dockercfg", b".htpasswd", b".s3cfg", b".boto"), "a file of passwords"),
    **dict.fromkeys((b"credentials.tfrc.json", b"terraform.tfstate"), "a file that holds passwords"),
}
_PATHS = {
    b".aws/credentials": "a file of passwords",
    b".docker/config.json": "a file of passwords",
    b".kube/config": "a file of passwords",
}
_ENDINGS = {b".ppk": "a private key", b".kdbx": "a store of passwords", b".agekey": "a private key"}
_NO_ENV = (b"example", b"sample", b"template", b"tmpl", b"dist", b"defaults", b"schema", b"test", b"ci")


def named(path: bytes) -> str | None:
    """Tell what a file is that should never be in a repository, or None."""
    name = path.rpartition(b"/")[2]
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith(b".env.") and not name.endswith(_NO_ENV):
        return _NAMES[b".env"]
    for ending, what in _ENDINGS.items():
        if name.endswith(ending):
            return what
    for end, what in _PATHS.items():
        if path == end or path.endswith(b"/" + end):
            return what
    return None
