"""The network as a picture: whole and readable for every network that a document can hold."""

import io
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from PIL import Image

from fishlab.core.drawing.letters import runs
from fishlab.core.drawing.raster import MOST_PIXELS
from fishlab.core.drawing.sheet import BAD, Box, Line, Text
from fishlab.core.drawing.signs import UNKNOWN
from fishlab.core.drawing.svg import svg_bytes
from fishlab.core.drawing.words import fitted, width, wrapped
from fishlab.core.exchange import EXPORTS, Subject, silent
from fishlab.core.exchange.diagram import diagram
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

SVG = "{http://www.w3.org/2000/svg}"


def layer(kind, **fields):
    return LAYERS[kind].item.Spec(**fields)


def network_of(*layers, **more):
    return NetworkSpec(layers=layers, **more)


def picture(path):
    image = Image.open(io.BytesIO(path.read_bytes()))
    image.load()
    return image


def words_of(sheet):
    return [item.words for item in sheet.items if isinstance(item, Text)]


def parsed(sheet):
    return ElementTree.fromstring(svg_bytes(sheet))


def corners(item):
    if isinstance(item, Box):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Line):
        across, down = zip(*item.points, strict=True)
        return min(across), min(down), max(across), max(down)
    wide = width(item.words, item.size, item.weight)
    left = item.x - wide * {"left": 0, "middle": 0.5, "right": 1}[item.align]
    return left, item.y - item.size, left + wide, item.y + 3


def deep_block():
    inner = layer("relu")
    for index in range(8):
        inner = layer("parallel", branches=((inner,), ())) if index % 2 else layer("residual", branches=((inner,), ()))
    return network_of(inner, layer("flatten"), layer("affine", units=10))


NETWORKS = {entry.kind: entry.item().network for entry in TEMPLATES} | {
    "blocks within blocks": deep_block(),
    "sixteen branches": network_of(layer("parallel", branches=((layer("relu"),),) * 1 + ((),) * 15)),
    "cannot work": network_of(layer("flatten"), layer("convolution"), layer("relu")),
    "every layer": network_of(*(layer(entry.kind) for entry in LAYERS)),
    "long names": network_of(layer("flatten", name="W" * 80), layer("affine", units=10, name="語" * 80), name="M" * 80),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_everything_lies_on_the_sheet_and_inside_its_card(network):
    sheet = diagram(network)
    surfaces = [corners(item) for item in sheet.items if isinstance(item, Box)]
    for item in sheet.items:
        left, top, right, bottom = corners(item)
        assert left >= 0 and top >= 0 and right <= sheet.width and bottom <= sheet.height, item
        if isinstance(item, Text):
            around = [box for box in surfaces if box[0] <= item.x <= box[2] and box[1] <= item.y <= box[3]]
            assert all(box[0] <= left + 1 and right <= box[2] + 1 for box in around), item


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_words_of_a_card_do_not_run_into_one_another(network):
    lines = {}
    for item in diagram(network).items:
        if isinstance(item, Text):
            lines.setdefault(round(item.y, 1), []).append(corners(item))
    for line in lines.values():
        places = sorted((left, right) for left, _, right, _ in line)
        assert all(right <= after for (_, right), (after, _) in pairwise(places)), places


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_every_layer_is_there_with_its_number_shape_and_parameters(network):
    words = words_of(diagram(network))
    description = parsed(diagram(network)).find(f"{SVG}desc").text
    for report in infer(network).walk():
        assert report.number in words
        if report.out_shape is not None:
            assert " × ".join(map(str, report.out_shape)) in words
        if report.weights:
            assert any(text.startswith(f"{report.weights:,}") for text in words)
        assert f"{report.number} {report.title}" in description


def test_the_heading_says_name_and_parameters():
    assert words_of(diagram(TEMPLATES["simple_conv_net"].item().network))[:2] == [
        "SimpleConvNet",
        "7 layers · 433,890 parameters",
    ]


def test_a_network_that_cannot_work_says_why_in_the_card():
    network = NETWORKS["cannot work"]
    problem = infer(network).problem
    sheet = diagram(network)
    red = " ".join(item.words for item in sheet.items if isinstance(item, Text) and item.ink == BAD)
    assert problem.sentence in red
    assert problem.reason in red
    assert problem.reason in parsed(sheet).find(f"{SVG}desc").text
    assert [item for item in sheet.items if isinstance(item, Box) and item.edge == BAD]


def test_a_sum_is_joined_by_a_plus_and_a_row_of_channels_by_a_word():
    added = words_of(diagram(network_of(layer("residual"))))
    concatenated = words_of(diagram(network_of(layer("parallel"))))
    assert "concatenate" in concatenated
    assert "concatenate" not in added


TAGS = {SVG + tag for tag in ("svg", "title", "desc", "rect", "polyline", "text")}
STRANGE = ["<script>alert(1)</script>", "\"'&<>]]>", "🐟 日本語 é", "a\0b\x1b[0m\ufffe", "\ud800x", "", "\n\t"]


@pytest.mark.parametrize("name", STRANGE)
def test_any_name_makes_valid_xml_and_a_picture(name, tmp_path):
    project = ProjectSpec(network=network_of(layer("flatten", name=name), layer("affine", units=10), name=name))
    root = parsed(diagram(project.network))
    assert {element.tag for element in root.iter()} <= TAGS
    kept = re.sub("[\0\x1b\ufffe]", "", name).replace("\ud800", "?")
    assert root.find(f"{SVG}title").text == (kept or None if name else "Network")
    written = EXPORTS["png"].item.write(Subject(project), tmp_path / "net.png", silent)
    assert picture(written[0]).format == "PNG"


def test_the_svg_asks_for_nothing_from_elsewhere():
    text = svg_bytes(diagram(TEMPLATES["googlenet"].item().network)).decode()
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"<(script|style|image|use|a|foreignObject)\b|href|url\(|\bon\w+=", text)


def test_the_files_are_what_their_names_say(tmp_path):
    project = TEMPLATES["resnet"].item()
    sheet = diagram(project.network)
    said = []
    drawing = EXPORTS["svg"].item.write(Subject(project), tmp_path / "net.svg", silent)
    pixels = EXPORTS["png"].item.write(Subject(project), tmp_path / "net.png", lambda *parts: said.append(parts))
    assert (drawing, pixels) == ([tmp_path / "net.svg"], [tmp_path / "net.png"])
    root = ElementTree.parse(tmp_path / "net.svg").getroot()
    assert (float(root.get("width")), float(root.get("height"))) == pytest.approx((sheet.width, sheet.height), abs=0.01)
    assert picture(tmp_path / "net.png").size == (round(2 * sheet.width), round(2 * sheet.height))
    assert said[-1][1] == said[-1][2] > 0


@pytest.mark.slow
def test_a_thousand_layers_fit_on_a_picture_that_can_be_opened(tmp_path):
    project = ProjectSpec(network=network_of(layer("flatten"), *(layer("affine", units=10) for _ in range(999))))
    sheet = diagram(project.network)
    assert sheet.height < 2 * sheet.width
    (path,) = EXPORTS["png"].item.write(Subject(project), tmp_path / "net.png", silent)
    wide, high = picture(path).size
    assert wide * high <= MOST_PIXELS * 1.01


def test_all_words_of_the_catalogue_can_be_drawn():
    words = [entry.title for entry in (*LAYERS, *LOSSES)]
    words += [text for entry in LAYERS for text in (entry.item.formula, entry.item.summary(entry.item.Spec()))]
    drawn = {run.text for text in words for run in runs(text, anywhere=False)}
    assert UNKNOWN not in drawn
    assert {run.text for run in runs("🐟", anywhere=False)} == {UNKNOWN}


def test_what_does_not_fit_ends_in_an_ellipsis():
    assert fitted("Convolution", 12, 1000) == "Convolution"
    cut = fitted("Convolution of everything", 12, 80)
    assert cut.endswith("…") and width(cut, 12) <= 80
    assert all(width(line, 12) <= 80 for line in wrapped("It gets a row of numbers: move it before Flatten.", 12, 80))
