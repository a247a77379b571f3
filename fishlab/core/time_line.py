"""The time line: moments of a run, evenly spread over it, in bounded memory."""

from __future__ import annotations

from fishlab.core.moment import Moment

MOST = 200
MOST_BYTES = 256 * 2**20


class TimeLine:
    """`moments`, oldest first. When there is no room for one more, every second one goes, and from then on they come
    half as often: however long a run is, they lie evenly over it. The newest is always the last one, and of networks
    so large that no two fit it is the only one.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._stride = 1
        self.moments: tuple[Moment, ...] = ()

    @property
    def stride(self) -> int:
        """The least number of steps between two moments that are kept."""
        return self._stride

    def begin(self, *moments: Moment) -> None:
        """Forget the run before."""
        self._stride = 1
        self.moments = moments

    def add(self, moment: Moment) -> None:
        """A newer moment; the last one gives way to it where it came too soon after the one before."""
        kept = self.moments
        if len(kept) > 1 and kept[-1].step - kept[-2].step < self._stride:
            kept = kept[:-1]
        if kept and kept[-1].step >= moment.step:
            kept = tuple(one for one in kept if one.step < moment.step)
        self.moments = (*kept, moment)
        room = min(self._most, self._most_bytes // max(1, moment.nbytes))
        if room < 2:
            self.moments = (moment,)
        while len(self.moments) > max(1, room):
            self._thin()

    def _thin(self) -> None:
        """Keep the first, the last, and what lies at least twice as far apart as before."""
        first, *between, last = self.moments
        steps = [two.step - one.step for one, two in zip(self.moments, self.moments[1:-1], strict=False)]
        self._stride = max(2 * self._stride, 2 * min(steps, default=1))
        kept = [first]
        for moment in between:
            if moment.step - kept[-1].step >= self._stride:
                kept.append(moment)
        self.moments = (*kept, last)
