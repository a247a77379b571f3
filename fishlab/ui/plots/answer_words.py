"""What is said of one answer: a line below its picture, and a sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from fishlab.core.probes.answers import Answers
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.things import things


class AnswerWords:
    """Words about these very answers, whatever the network answers by now."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def caption(self, place: int) -> str:
        """'4→9 98 %', or '4 98 %' where that is right."""
        label, seen = self._classes(place)
        return f"{label if label == seen else f'{label}→{seen}'} {self._amount(self._answers.confidence[place], 0)}"

    def words(self, place: int) -> str:
        """All about one image: 'Image 1,204 is 4, seen as 9 with 98.0 %; 4 got 1.2 %.'"""
        label, seen = self._classes(place)
        text = _tr("{image} is {label}, seen as {seen} with {sure}; {label} got {right}.")
        if label == seen:
            text = _tr("{image} is {label}, seen as that with {sure}.")
        sure, right = (self._amount(each[place], 1) for each in (self._answers.confidence, self._answers.right))
        return text.format(image=self._image(place), label=label, seen=seen, sure=sure, right=right)

    def _image(self, place: int) -> str:
        """Images to test are counted by themselves."""
        kind = things(self._answers.shape)
        text = _tr("Test {thing} {n}") if self._answers.split == "test" else _tr("{First} {n}")
        return text.format(thing=kind.one, First=kind.first, n=f"{self._answers.numbers[place]:,}")

    def _classes(self, place: int) -> tuple[str, str]:
        """What the image is, and what was seen in it."""
        names = self._answers.class_names
        return names[self._answers.labels[place]], names[self._answers.seen[place]]

    def _amount(self, value: float, decimals: int) -> str:
        """A probability in percent, or a score as it is."""
        return percent_text(float(value), decimals) if self._answers.probabilities else f"{value:.2f}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("AnswerWords", text)
