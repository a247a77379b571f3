"""`fishlab export FILE --to KIND -o OUT`: a network, and what it learned, for other programs."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from fishlab.commands.console import Progress, complain, tell, tell_json
from fishlab.commands.options import add_layers_option, find_project
from fishlab.commands.stopping import Stopping
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.exchange import EXPORTS, Export, Subject
from fishlab.core.exchange.choosing import export_for
from fishlab.core.exchange.code.common import how_to_run
from fishlab.core.exchange.writing import write_export
from fishlab.core.registry import Entry


def run(words: list[str]) -> int:
    """Write the file and say what was written."""
    chosen = _parser().parse_args(words)
    out = Path(chosen.out)
    entry = export_for(out, chosen.to)
    refuse_same(chosen.what, out)
    project, model = find_project(chosen.what)
    subject, progress = Subject(project, model, chosen.best), Progress()
    with Stopping() as stopping:
        try:
            written = write_export(entry, subject, out, teller(progress, stopping))
        except Cancelled as cancelled:
            progress.clear()
            complain(str(cancelled))
            return stopping.exit_code
    progress.clear()
    _say(entry, subject, written, chosen.json)
    return 0


def teller(progress: Progress, stopping: Stopping) -> Callable[[str, int, int], None]:
    """Tells how far the work is; raises Cancelled once a stop was asked for."""

    def tell_progress(what: str, done: int, total: int) -> None:
        if stopping.number:
            raise Cancelled("Stopped. Nothing was written.")
        progress.task(what, done, total)

    return tell_progress


def refuse_same(source: str, out: Path) -> None:
    """Raise FishLabError where the file to read is also the one to write."""
    try:
        same = out.samefile(source)
    except (OSError, ValueError):  # one of them is not there
        same = False
    if same:
        raise FishLabError(f"“{out.name}” is the file that is read. Choose another name to write to.")


def size_text(size: int) -> str:
    """A number of bytes, for people."""
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1e3:,.0f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def _say(entry: Entry[Export], subject: Subject, written: Sequence[Path], as_json: bool) -> None:
    if as_json:
        files = [{"path": str(path), "bytes": path.stat().st_size} for path in written]
        tell_json({"kind": entry.kind, "files": files})
        return
    for path in written:
        tell(f"Wrote “{path}”, {size_text(path.stat().st_size)}.")
    if entry.item.suffix == ".py":
        command, data = how_to_run(subject, written[0])
        tell(f"Run it with: {command}")
        tell(f"DATA is {data}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab export",
        description="Writes a network, with what it learned, for other programs.",
        epilog="\n".join(["kinds:", *kind_lines()]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="FILE", help="a project file, or the name of a template")
    parser.add_argument("--to", metavar="KIND", default="", help="one of those below; else what the name of OUT says")
    help = "the file to write, or the folder; what is there is replaced"
    parser.add_argument("-o", "--out", required=True, metavar="OUT", help=help)
    parser.add_argument("--best", action="store_true", help="the weights of the best epoch, where the training kept it")
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def kind_lines() -> list[str]:
    """A line about each format."""
    width = max((len(entry.kind) for entry in EXPORTS), default=0)
    return [f"  {entry.kind:<{width}}  {_about(entry)}" for entry in EXPORTS]


def _about(entry: Entry[Export]) -> str:
    suffix = f" ({entry.item.suffix})" if entry.item.suffix else " (a folder)"
    extra = f" Needs: pip install \"fishlab[{entry.item.extra.name}]\"" if entry.item.extra else ""
    return f"{entry.title}{suffix}. {entry.help}{extra}"
