"""What `serve` tells the person who starts it. No secret: it says where they are."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from reelroom.apps import APP_FILE, AppBook
from reelroom.cli.options import reachable_host
from reelroom.settings import Settings


def show_banner(settings: Settings, config_file: Path | None, port: int, *, app_is_new: bool) -> None:
    """Print addresses, the app, and what to try first."""
    apps = AppBook(settings).all()
    base = f"http://{reachable_host(settings.server.host)}:{port}"
    lines = {
        "control API": f"{settings.server.public_url or base}/",
        "room page": f"{settings.server.public_url or base}/room",
        "data": str(settings.data),
        "settings": str(config_file or "defaults"),
        "apps": ", ".join(str(app.id) for app in apps),
    }
    kept = Path(settings.data) / APP_FILE
    if not settings.apps:
        was = "made now; its" if app_is_new else "their" if len(apps) > 1 else "its"
        lines["apps"] += f"   ({was} ServerSecret and callback secret are in {kept})"
    options = f"--data {settings.data}" + (f" --app {apps[0].id}" if len(apps) > 1 else "")
    lines["try"] = f"reelroom token --room lobby --record {options}"
    lines[""] = f"reelroom start lobby {options}"
    console = Console(soft_wrap=True, highlight=False)
    console.print("\nReelroom\n")
    for name, words in lines.items():
        console.print(Text.assemble((f"  {name:<13}", "bold"), words))
    console.print()
