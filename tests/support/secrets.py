"""Looking for secrets where none may be: logs, the database, run files, process lists."""

from collections.abc import Iterable
from pathlib import Path

_KEEPS_SECRETS = {"app.toml", "secret.key"}  # their owner's eyes only: mode 0600


def leaks_on_disk(data: Path, secrets: Iterable[str]) -> list[str]:
    """Files of a data folder that hold one of the secrets, in any of its folders but those of media."""
    wanted = [secret.encode() for secret in secrets if secret]
    files = (path for path in data.rglob("*") if path.is_file() and not path.is_symlink())
    files = (path for path in files if path.name not in _KEEPS_SECRETS)
    return sorted(str(path.relative_to(data)) for path in files if _holds(path, wanted))


def leaks_in_processes(secrets: Iterable[str], pids: Iterable[int]) -> list[str]:
    """Processes whose command line holds one of the secrets."""
    wanted = [secret.encode() for secret in secrets if secret]
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [f"{pid}: {line!r}" for pid, line in lines.items() if any(secret in line for secret in wanted)]


def _holds(path: Path, wanted: list[bytes]) -> bool:
    try:
        content = path.read_bytes()
    except OSError:  # a socket, or gone meanwhile
        return False
    return any(secret in content for secret in wanted)
