"""Run a notebook, and make what it stored the same on every run: no clock, no addresses, no random ids."""

import base64
import re
import struct
from pathlib import Path
from typing import Any

from mmlearn.course.house import environment

SECONDS_PER_CELL = 600
WIDGET = "application/vnd.jupyter.widget-view+json"
NOT_STORED = "*Run this cell to see or hear its output: media that are not ours to store.*"
NOTICE = re.compile(r"(fetching [^\n]* …\n)+")  # what a first use says of its data: true once, so not stored
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class BuildError(RuntimeError):
    """A notebook failed, or wrote warnings; the message names chapter and cell."""


def run_notebook(notebook: Any, folder: Path, *, profile: str, allow_errors: bool = False) -> None:
    """Execute `notebook` in place, in `folder`, in a fresh kernel under `profile`.

    Raises:
        BuildError: a cell raised (unless `allow_errors`), took too long, or the kernel died.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        allow_errors=allow_errors,
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # a local kernel need not warn that it speaks plain TCP
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=environment(profile))
    except (CellControlSignal, DeadKernelError) as error:
        raise BuildError(f"a cell failed: {error}") from error


def settle(notebook: Any, name: str) -> None:
    """Make the outputs of an executed notebook reproducible, in place.

    Raises:
        BuildError: a cell wrote to stderr: a warning stored is a warning every reader sees.
    """
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            if output.get("name") == "stderr" and not NOTICE.fullmatch(output.text):
                raise BuildError(f"{name}: cell {cell.id!r} wrote to stderr:\n{output.text}")
        cell.outputs = [_settled(output, count) for output in cell.outputs if not _is_passing(output)]
        if cell.outputs and "private-media" in cell.metadata.get("tags", ()):
            cell.outputs = [_note()]
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}  # the kernel adds its exact version


def _is_passing(output: Any) -> bool:
    """What means nothing later: a live widget, which is only an id (a static figure stands beside it), or a notice."""
    return WIDGET in output.get("data", {}) or output.get("name") == "stderr"


def _note() -> Any:
    from nbformat import v4

    return v4.new_output("display_data", data={"text/markdown": NOT_STORED, "text/plain": NOT_STORED.strip("*")})


def _settled(output: Any, count: int) -> Any:
    if output.output_type == "execute_result":
        output.execution_count = count
    if "text" in output:
        output.text = scrub(output.text)
    for kind, content in output.get("data", {}).items():
        if kind == "image/png":
            output.data[kind] = base64.b64encode(strip_png(base64.b64decode(content))).decode()
        elif isinstance(content, str):
            output.data[kind] = scrub(content)
    return output


def scrub(text: str) -> str:
    """Replace addresses in memory, as in `<Thing at 0x7f…>`, which differ from run to run."""
    return re.sub(r"\bat 0x[0-9a-fA-F]{6,}", "at 0x…", text)


def strip_png(data: bytes) -> bytes:
    """A PNG without its text and time chunks, which name software versions and the hour.

    PNG specification (third edition), section 5: a signature, then chunks of length, type, data and checksum.
    """
    if not data.startswith(PNG_SIGNATURE):
        return data
    kept, at = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 12 + struct.unpack(">I", data[at : at + 4])[0]
        if data[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
