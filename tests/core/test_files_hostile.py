"""Files made to do harm: their digest is right, what they say is not. Refused early, in little memory and time."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import layer, project, trained

from fishlab.core.errors import FileFormatError
from fishlab.core.files import archive, open_project, save_project
from fishlab.core.files.frame import DIGEST, LONGEST_HEADER, NO_DIGEST
from fishlab.core.files.project import GROUPS

Header = dict[str, Any]
Change = Callable[[Header, Header, Header], None]


def forge(header: str | bytes, body: bytes = b"") -> bytes:
    """A file with this header and body, and the digest that goes with them."""
    text = header.encode() if isinstance(header, str) else header
    content = bytearray(len(text).to_bytes(8, "little") + text + body)
    content[DIGEST] = hashlib.sha256(content).hexdigest().encode()
    return bytes(content)


def metadata(**entries: str) -> str:
    table = {"digest": NO_DIGEST, "format": "fishlab.project", "version": "1", **entries}
    return json.dumps(table, separators=(",", ":"))


def bare(**entries: str) -> bytes:
    """A forged file without tensors."""
    return forge('{"__metadata__":' + metadata(**entries) + "}")


PROJECT = json.dumps(project().to_dict())


def refusal(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "forged.fishlab"
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        open_project(path)
    assert len(str(caught.value)) < 600
    return str(caught.value)


def test_the_forger_of_these_tests_makes_files_that_open(tmp_path: Path) -> None:
    (tmp_path / "good.fishlab").write_bytes(bare(project=PROJECT))
    assert open_project(tmp_path / "good.fishlab")[1] is None


def header_of(length: int) -> bytes:
    return length.to_bytes(8, "little") + b'{"__metadata__":{"digest":"' + b"0" * 64


def with_tensor(**entry: Any) -> bytes:
    table = json.dumps({"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **entry})
    return forge('{"__metadata__":' + metadata(project=PROJECT) + ',"weights/a/W":' + table + "}", bytes(4))


DEEP = 3_000_000
HOSTILE = {
    "a header of 2^63 bytes": (header_of(1 << 63), "its header would be 9,223,372,036,854,775,808 bytes long"),
    "a header of 2^64 - 1 bytes": (header_of((1 << 64) - 1), "its header would be"),
    "a header larger than may be": (header_of(LONGEST_HEADER + 1) + bytes(LONGEST_HEADER), "its header would be"),
    "a header longer than the file": (header_of(5000), "ends in the middle of its header"),
    "a shape of 10^12": (with_tensor(shape=[10**12]), "takes more or less room than its shape needs"),
    "a shape of 10^12 that is announced": (with_tensor(shape=[10**12], data_offsets=[0, 4 * 10**12]), "ends before"),
    "a shape of 2^64": (with_tensor(shape=[1 << 64], data_offsets=[0, 1 << 66]), "impossible shape or place"),
    "a shape whose product wraps round": (with_tensor(shape=[1 << 47] * 4, data_offsets=[0, 0]), "impossible shape"),
    "an empty shape of endless sizes": (with_tensor(shape=[0, 1 << 47, 2], data_offsets=[0, 0]), "impossible shape"),
    "a negative shape": (with_tensor(shape=[-1]), "impossible shape or place"),
    "a shape of truths": (with_tensor(shape=[True]), "impossible shape or place"),
    "a shape of fractions": (with_tensor(shape=[1.0]), "impossible shape or place"),
    "a shape of too many axes": (with_tensor(shape=[1] * 9), "impossible shape or place"),
    "objects for numbers": (with_tensor(dtype="O"), "neither F32 nor F64"),
    "a dtype that is a list": (with_tensor(dtype=[]), "neither F32 nor F64"),
    "whole numbers": (with_tensor(dtype="I64"), "neither F32 nor F64"),
    "a tensor with a gap before it": (with_tensor(data_offsets=[4, 8]), "overlap or leave gaps"),
    "a tensor that ends before it begins": (with_tensor(data_offsets=[4, 0]), "more or less room"),
    "a tensor that says more of itself": (with_tensor(code="x"), "is not described by"),
    "a tensor that no model announces": (with_tensor(), "“weights/a/W”, which does not belong there"),
    "deep JSON in the header": (
        forge('{"__metadata__":' + metadata() + ',"x":' + "[" * DEEP + "]" * DEEP + "}"), "nested too deeply"
    ),
    "deep JSON in the project": (bare(project="[" * 1000 + "]" * 1000), "nested too deeply"),
    "deep JSON that never ends": (bare(project='{"a":' * 100_000), "nested too deeply"),
    "a great many small parts": (bare(project="[" + "[]," * 2_000_000 + "[]]"), "more than 200,000 parts"),
    "a name twice": (bare(project='{"network":{},"network":{}}'), "names something twice"),
    "a name twice in the header": (
        forge('{"__metadata__":' + metadata() + ',"a":{"dtype":"F32"},"a":{"dtype":"F32"}}'), "names something twice"
    ),
    "not a number": (bare(project='{"a":NaN}'), "holds NaN"),
    "infinity in disguise": (bare(project='{"a":1e999}'), "beyond all bounds"),
    "a number of a million digits": (bare(project='{"a":' + "9" * 1_000_000 + "}"), "absurd length"),
    "a text that never ends": (forge(header_of(0)[8:] + b'\\"' * 2_000_000), "not JSON"),
    "half a JSON": (bare(project='{"network":'), "not JSON"),
    "a header that is not text": (forge(header_of(0)[8:] + b'","\xff":""}}'), "plain text"),
    "no project": (bare(), "no entry “project”"),
    "a project that is a list": (bare(project="[]"), "A project is list where a table"),
    "metadata that are not texts": (
        forge('{"__metadata__":{"digest":"' + NO_DIGEST + '","version":1}}'), "not a table of texts"
    ),
    "another format": (bare(format="fishlab.plot", project=PROJECT), "not a FishLab project"),
    "a version that was no such file": (bare(version="4", project=PROJECT), "which version"),
    "a version that is no number": (bare(version="٢", project=PROJECT), "which version"),
    "an entry nobody knows": (bare(project=PROJECT, code="import os"), "“code”, which does not belong there"),
    "a model that is a list": (bare(project=PROJECT, model="[]"), "description of its model is incomplete"),
    "a model without anything": (bare(project=PROJECT, model="{}"), "description of its model is incomplete"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_container_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    assert words in refusal(content, tmp_path)


@cache
def good_file() -> bytes:
    """One with a model."""
    spec = project([layer("flatten"), layer("affine", units=10)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "good.fishlab")
        save_project(path, spec, trained(spec, steps=3))
        return path.read_bytes()


def taken_apart() -> tuple[Header, dict[str, bytes]]:
    """The manifest and the other parts of a good file."""
    with zipfile.ZipFile(io.BytesIO(good_file())) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return json.loads(parts.pop("manifest.json")), parts


def changed(change: Change) -> bytes:
    """A good file with a model, taken apart, changed and put together again with the right digests."""
    manifest, parts = taken_apart()
    headers = {name: header_and_body(parts[name]) for name in GROUPS}
    merged = {tensor: entry for header, _ in headers.values() for tensor, entry in header.items()}
    change(merged, manifest["project"], manifest["model"])
    for name, (_, body) in headers.items():
        own = {tensor: entry for tensor, entry in merged.items() if part_of(tensor) == name}
        text = json.dumps(own).encode()
        parts[name] = len(text).to_bytes(8, "little") + text + body
    return sealed(manifest, parts)


def header_and_body(content: bytes) -> tuple[Header, bytes]:
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def part_of(tensor: str) -> str:
    return next((name for name, groups in GROUPS.items() if tensor.startswith(groups)), "weights.safetensors")


def sealed(manifest: Header, parts: dict[str, bytes]) -> bytes:
    """A file of this description and these parts, with the digests that go with them."""
    manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    contents = {"manifest.json": json.dumps(manifest).encode(), **parts}
    return b"".join(archive.pack({name: [content] for name, content in contents.items()}))


def test_the_changer_of_these_tests_makes_files_that_open(tmp_path: Path) -> None:
    (tmp_path / "same.fishlab").write_bytes(changed(lambda header, spec, model: None))
    assert open_project(tmp_path / "same.fishlab")[1] is not None


def rename(header: Header, old: str, new: str) -> None:
    name = next(name for name in header if name.startswith(old) and name.endswith("/W"))
    header[name.replace(old, new, 1)] = header.pop(name)


def reshape(header: Header, start: str, shape: list[int]) -> None:
    header[next(name for name in header if name.startswith(start) and name.endswith("/W"))]["shape"] = shape


def layers(data: Header) -> list[Header]:
    found: list[Header] = data["network"]["layers"]
    return found


CHANGES: dict[str, tuple[Change, str]] = {
    "a layer of no known kind": (lambda h, s, m: layers(s).append({"kind": "os.system"}), "no layer called"),
    "a million layers": (
        lambda h, s, m: layers(s).extend([{"kind": "relu"}] * 60_000), "60,002 layers; at most 1,000"
    ),
    "a layer with a field it has not": (lambda h, s, m: layers(s)[1].update(code="x"), "has no field 'code'"),
    "a layer out of range": (lambda h, s, m: layers(s)[1].update(units=10**9), "Units is 1000000000: it takes"),
    "a layer whose number is a text": (lambda h, s, m: layers(s)[1].update(units="10"), "Units is '10'"),
    "a value of endless length": (lambda h, s, m: layers(s)[1].update(init="x" * 100_000), "Initial"),
    "a uid that is a list": (lambda h, s, m: layers(s)[1].update(uid=[]), "uid"),
    "two layers of one uid": (lambda h, s, m: layers(s).append(copy.deepcopy(layers(s)[1])), "same uid"),
    "a network that is a text": (lambda h, s, m: s.update(network="x"), "no 'network'"),
    "an input of no size": (lambda h, s, m: s["network"].update(in_shape=[0, 8, 8]), "input shape"),
    "an optimizer of no known kind": (lambda h, s, m: s["training"]["optimizer"].update(kind="x"), "no optimizer"),
    "a learning rate below zero": (lambda h, s, m: s["training"]["optimizer"].update(learning_rate=-1), "rate is -1"),
    "data that are a list": (lambda h, s, m: s.update(data=[]), "no 'data'"),
    "a model whose network does not work": (lambda h, s, m: layers(m["project"]).pop(0), "network that cannot work"),
    "a model of another size": (lambda h, s, m: layers(m["project"])[1].update(bias=False), "does not belong there"),
    "weights under another name": (lambda h, s, m: rename(h, "weights/", "../weights/"), "does not belong there"),
    "a lost memory": (lambda h, s, m: rename(h, "memory/v/", "memory/m/x"), "does not belong there"),
    "weights of another shape": (lambda h, s, m: reshape(h, "weights/", [10, 64]), "where its network needs (64, 10)"),
    "a history that is no table": (lambda h, s, m: h["history/steps"].update(shape=[12]), "not a table of 4"),
    "rates that are no table": (lambda h, s, m: h["history/rates"].update(shape=[2]), "not a table of 2"),
    "a schedule of no known kind": (lambda h, s, m: s["training"].update(schedule={"kind": "x"}), "no schedule called"),
    "a schedule that is a text": (lambda h, s, m: s["training"].update(schedule="cosine"), "A schedule is no table"),
    "a place that is not whole": (lambda h, s, m: m["position"].update(step=1.5), "not a whole number in range"),
    "a place before the beginning": (lambda h, s, m: m["position"].update(batch=-1), "not a whole number in range"),
    "a place beyond all bounds": (lambda h, s, m: m["position"].update(epoch=10**20), "not a whole number in range"),
    "a place that the history does not reach": (lambda h, s, m: m["position"].update(epoch=7), "does not reach"),
    "a place with more to it": (lambda h, s, m: m["position"].update(x=1), "not epoch, batch and step"),
    "a target that is true": (lambda h, s, m: m.update(target=True), "not a whole number in range"),
    "a scaling of words": (lambda h, s, m: m.update(scaling={"scale": "1", "shift": 0}), "two finite numbers"),
    "a name that is a number": (lambda h, s, m: m.update(data_name=7), "missing or too long"),
    "marks that are a text": (lambda h, s, m: m.update(marks="x"), "not a list"),
    "a mark that is a number": (lambda h, s, m: m.update(marks=[7]), "not a place and a text"),
    "a best epoch without weights": (lambda h, s, m: m.update(best={"epoch": 1, "loss": 0.5}), "model lacks “best/"),
    "best weights of no epoch": (lambda h, s, m: rename(h, "start/", "best/"), "does not belong there"),
    "a patience that counts from nowhere": (lambda h, s, m: m.update(patient_since=-1), "not a whole number in range"),
    "a layer that is half frozen": (lambda h, s, m: layers(s)[1].update(frozen=1), "frozen or not: true or false"),
    "a frozen layer with a memory": (lambda h, s, m: layers(m["project"])[1].update(frozen=True), "does not belong"),
    "a model with an entry nobody knows": (lambda h, s, m: m.update(code="x"), "entries too many"),
}  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CHANGES)
def test_a_hostile_description_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    change, words = CHANGES[name]
    assert words in refusal(changed(change), tmp_path)


def written(text: bytes) -> bytes:
    """A file of nothing but this manifest."""
    return b"".join(archive.pack({"manifest.json": [text]}))


MANIFESTS: dict[str, tuple[Callable[[Header, dict[str, bytes]], bytes], str]] = {
    "a version too new": (
        lambda m, p: sealed({**m, "version": 6, "more": []}, p), "written by a newer FishLab (format 6, and this one"
    ),
    "a version that was no archive": (lambda m, p: sealed({**m, "version": 3}, p), "which was no archive"),
    "a version that is true": (lambda m, p: sealed({**m, "version": True}, p), "which version"),
    "a version that is a text": (lambda m, p: sealed({**m, "version": "4"}, p), "which version"),
    "another format": (lambda m, p: sealed({**m, "format": "fishlab.plot"}, p), "not a FishLab project"),
    "an entry nobody knows": (lambda m, p: sealed({**m, "code": "x"}, p), "“code”, which does not belong there"),
    "no project": (lambda m, p: sealed({k: v for k, v in m.items() if k != "project"}, p), "no entry “project”"),
    "a model that is a list": (lambda m, p: sealed({**m, "model": []}, p), "description of its model is incomplete"),
    "a model that is nothing": (lambda m, p: sealed({**m, "model": None}, p), "description of its model is incomplete"),
    "a model without its parts": (lambda m, p: sealed(m, {}), "a model without its parts"),
    "parts without a model": (
        lambda m, p: sealed({k: v for k, v in m.items() if k != "model"}, p), "parts of a model without its description"
    ),
    "a part nobody knows": (lambda m, p: sealed(m, {**p, "code.py": b"x"}), "“code.py”, which does not belong there"),
    "a part without a digest": (
        lambda m, p: written(json.dumps({**m, "sha256": {}}).encode()), "a model without its parts"
    ),
    "a digest without a part": (
        lambda m, p: written(json.dumps({**m, "sha256": {"preview.png": "0" * 64}}).encode()), "parts are not those"
    ),
    "digests that are a list": (
        lambda m, p: written(json.dumps({**m, "sha256": []}).encode()), "not a table of texts"
    ),
    "a wrong digest": (
        lambda m, p: sealed(m, p).replace(p["preview.png"][-9:], bytes(9)),
        "“preview.png” is not what was saved",
    ),
    "a picture of 2 MB": (lambda m, p: sealed(m, {**p, "preview.png": bytes(2 << 20)}), "picture is larger than 1 MB"),
    "tensors in the part of others": (
        lambda m, p: sealed(m, {**p, "history.safetensors": p["optimizer.safetensors"]}), "does not belong there"
    ),
    "no manifest": (
        lambda m, p: b"".join(archive.pack({name: [content] for name, content in p.items()})), "begin with a manifest"
    ),
    "a manifest that is a list": (lambda m, p: written(b"[]"), "not a FishLab project"),
    "a manifest that is not JSON": (lambda m, p: written(b"{"), "not JSON"),
    "a manifest in another alphabet": (lambda m, p: written(b'{"\xff": 1}'), "not plain text"),
    "a manifest of 9 MB": (lambda m, p: written(b" " * (9 << 20)), "larger than 8 MB"),
    "a manifest nested deeply": (lambda m, p: written(b"[" * 100_000), "nested too deeply"),
    "a manifest that says something twice": (lambda m, p: written(b'{"version": 4, "version": 4}'), "something twice"),
    "a header of 2^63 bytes": (
        lambda m, p: sealed(m, {**p, "history.safetensors": (1 << 63).to_bytes(8, "little") + b"{}"}), "header would be"
    ),
    "a header longer than its part": (
        lambda m, p: sealed(m, {**p, "history.safetensors": (99).to_bytes(8, "little") + b"{}"}), "middle of its header"
    ),
    "notes that are a number": (
        lambda m, p: sealed({**m, "project": {**m["project"], "notes": 7}}, p), "notes of a project is 7"
    ),
}  # fmt: skip


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", MANIFESTS)
def test_a_hostile_manifest_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    make, words = MANIFESTS[name]
    assert words in refusal(make(*taken_apart()), tmp_path)


def test_a_history_of_rates_that_are_no_numbers_is_refused(tmp_path: Path) -> None:
    spec = project([layer("flatten"), layer("affine", units=10)])
    for column in (0, 1):
        model = trained(spec, steps=3)
        model.history.rates.rows[0, column] = np.inf
        save_project(tmp_path / "odd.fishlab", spec, model, preview=False)
        with pytest.raises(FileFormatError, match="learning rates that are no numbers"):
            open_project(tmp_path / "odd.fishlab")


def test_a_history_of_steps_that_cannot_have_been_is_refused(tmp_path: Path) -> None:
    spec = project([layer("flatten"), layer("affine", units=10)])
    for column, value in ((0, np.nan), (3, 0.0), (3, -5.0), (3, np.nan)):
        model = trained(spec, steps=3)
        model.history.steps.rows[1, column] = value
        save_project(tmp_path / "odd.fishlab", spec, model, preview=False)
        with pytest.raises(FileFormatError, match="steps that cannot have been"):
            open_project(tmp_path / "odd.fishlab")
