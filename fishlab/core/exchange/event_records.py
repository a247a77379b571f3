"""What stands in an event file of TensorBoard, one function for each kind of entry, and how an entry is framed.

The messages are those of tensorboardX, which is imported only here and only when something is written.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array

WALL_TIME = 0.0  # seconds since 1970
BINS = 64

Setting = str | float | bool


def record(step: int, summary: Any) -> bytes:
    """A summary at a step, as a record of the file."""
    from tensorboardX.proto.event_pb2 import Event

    return framed(Event(wall_time=WALL_TIME, step=step, summary=summary))


def first_record() -> bytes:
    """What every file begins with."""
    from tensorboardX.proto.event_pb2 import Event

    return framed(Event(wall_time=WALL_TIME, file_version="brain.Event:2"))


def framed(event: Any) -> bytes:
    """An event as a TFRecord: its length and itself, each with its checksum behind it."""
    from tensorboardX.record_writer import masked_crc32c

    content: bytes = event.SerializeToString(deterministic=True)
    length = struct.pack("<Q", len(content))
    return b"".join(part + struct.pack("<I", masked_crc32c(part)) for part in (length, content))


def scalars(values: Mapping[str, float]) -> Any:
    """Numbers by tag; the format keeps them in 32 bits."""
    from tensorboardX.proto.summary_pb2 import Summary

    with np.errstate(over="ignore"):  # what is too large for 32 bits is infinite in them
        rounded = {tag: float(np.float32(value)) for tag, value in values.items()}
    return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in rounded.items()])


def histograms(arrays: Mapping[str, Array]) -> Any:
    """Histograms of arrays by tag; those without a finite number are left out."""
    from tensorboardX.proto.summary_pb2 import Summary

    finite = {tag: array[np.isfinite(array)].astype(np.float64) for tag, array in arrays.items()}
    return Summary(value=[Summary.Value(tag=tag, histo=_histogram(v)) for tag, v in finite.items() if v.size])


def _histogram(values: Array) -> Any:
    """TensorBoard names each bin by its right end: the left end of the first is that of an empty one before it."""
    from tensorboardX.proto.summary_pb2 import HistogramProto

    counts, edges = np.histogram(values, bins=BINS)
    return HistogramProto(
        min=values.min(),
        max=values.max(),
        num=values.size,
        sum=values.sum(),
        sum_squares=np.square(values).sum(),
        bucket_limit=edges.tolist(),
        bucket=[0, *counts.tolist()],
    )


def picture(tag: str, png: bytes, width: int, height: int) -> Any:
    """A PNG file."""
    from tensorboardX.proto.summary_pb2 import Summary

    image = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=png)
    return Summary(value=[Summary.Value(tag=tag, image=image)])


def text(tag: str, words: str) -> Any:
    """A text in Markdown."""
    from tensorboardX.summary import text as made

    return made(tag, words)


def settings(given: Mapping[str, Setting], metrics: list[str]) -> Any:
    """What a training was set to, for the table of hyper-parameters, and the tags of the scalars to show beside it."""
    from tensorboardX.proto import api_pb2 as api
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

    experiment = api.Experiment(
        hparam_infos=[api.HParamInfo(name=name, type=_type(value)) for name, value in given.items()],
        metric_infos=[api.MetricInfo(name=api.MetricName(tag=tag)) for tag in metrics],
    )
    start = SessionStartInfo(start_time_secs=WALL_TIME)
    for name, value in given.items():
        setattr(start.hparams[name], _slot(value), value)
    end = SessionEndInfo(status=api.Status.Value("STATUS_SUCCESS"), end_time_secs=WALL_TIME)
    return _plugin(
        ("experiment", HParamsPluginData(experiment=experiment)),
        ("session_start_info", HParamsPluginData(session_start_info=start)),
        ("session_end_info", HParamsPluginData(session_end_info=end)),
    )


def _plugin(*parts: tuple[str, Any]) -> Any:
    from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

    def data(part: Any) -> Any:
        content = part.SerializeToString(deterministic=True)
        return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="hparams", content=content))

    return Summary(value=[Summary.Value(tag=f"_hparams_/{name}", metadata=data(part)) for name, part in parts])


def _type(value: Setting) -> Any:
    from tensorboardX.proto.api_pb2 import DataType

    names = {"bool_value": "DATA_TYPE_BOOL", "string_value": "DATA_TYPE_STRING", "number_value": "DATA_TYPE_FLOAT64"}
    return DataType.Value(names[_slot(value)])


def _slot(value: Setting) -> str:
    if isinstance(value, bool):
        return "bool_value"
    return "string_value" if isinstance(value, str) else "number_value"
