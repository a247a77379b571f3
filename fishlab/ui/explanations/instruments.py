"""The instruments of the strip, a section for each."""

from fishlab.ui.explanations.entry import Entries, tr
from fishlab.ui.widgets.explanation import Explanation

_TENSORS = ("left", *(f"middle{number}" for number in range(1, 5)), "right")


def entries() -> Entries:
    """Words by object name."""
    parts = (_try_digit, _answers, _data, _histograms, _curves, _checks, _images, _stepper)
    return {name: entry for part in parts for name, entry in part().items()}


def _try_digit() -> Entries:
    """Try a digit, and the digits that are kept."""
    return {
        "try.pad": tr("Draw a digit with the mouse. It is centred and scaled to 28 × 28 as the images of MNIST are, "
                       "and recognised at once, while the network learns too.\nChapter 3.6"),
        "try.sees": tr("The drawing as the network gets it: 28 × 28 grey levels, the digit's centre in the middle."),
        "try.bars": tr("What the network gives each digit: the softmax of its ten scores.\n"
                        "p(k) = exp s(k) / Σ exp s(i)\nChapter 3.5"),
        "try.maps": tr("What the first convolution makes of the drawing: one small picture for each filter, bright or "
                       "coloured where the filter finds what it looks for.\nChapter 7.6"),
        "try.view": tr("What stands beside the drawing: what the network sees, its feature maps, or the digits you "
                       "have kept. In a wider window there is room for all of them."),
        "try.kept": tr("Your own small test set: digits that you drew and kept, answered anew whenever the network "
                       "changes. 4→9 is a 4 that is seen as a 9. They stay on this computer; Delete removes one."),
        "try.label": tr("What the drawing is. It follows what the network says until you choose."),
        "try.keep": tr("Keeps the drawing as this digit. A key from 0 to 9 on the pad does the same."),
        "try.remove": tr("Removes the digit that is looked at. It can be brought back."),
        "try.bring_back": tr("Puts the digit that was removed last back where it was."),
        "try.save_set": tr("Writes the kept digits as an NPZ file: images (N, 28, 28) and labels (N,). FishLab opens "
                           "it as own images, and NumPy as any archive."),
    }  # fmt: skip


def _answers() -> Entries:
    """Confusion, mistakes, scores."""
    which = tr("Which images are answered: those set aside to validate, those learned from, or the sealed test set. "
               "Beside a run fewer of them are, so that it keeps its speed.")  # fmt: skip
    once = tr("Looks at the sealed test set once, and counts it: who tunes by them has none left. Chapter 6.5")
    return {
        "live.confusion": tr("Which classes are taken for which. A row is what images are, a column what was seen in "
                             "them; what is right, the diagonal, stands back, and a mistake is the stronger the "
                             "larger its share of the row. Enter or a click opens the images of a cell."),
        "live.confusion.matrix": tr("Arrows move from cell to cell, Enter opens its images. The colour is the square "
                                    "root of the share of the row, so that rare mistakes are seen too."),
        "live.confusion.gallery": tr("The images of the cell: what they are, what was seen in them, and how sure the "
                                     "network was."),
        "live.mistakes": tr("The images that the network gets wrong, the surest first: a mistake it is sure of is an "
                            "odd image, a wrong label, or something that it has not learned. 4→9 98 % is a 4 that is "
                            "seen as a 9 with 98 %."),
        "live.mistakes.label": tr("Only images of this class."),
        "live.mistakes.seen": tr("Only images in which this class was seen."),
        "live.mistakes.order": tr("First the mistakes that the network is surest of, or those that it nearly got "
                                  "right: it was least sure."),
        "live.scores": tr("How well each class is seen, and how far the confidence of the answers can be trusted.\n"
                          "precision = right / seen as it,  recall = right / of it,  F1 = 2 P R / (P + R)"),
        "live.scores.rows": tr("Precision: of the images seen as the class, the share that are. Recall: of the images "
                               "of the class, the share seen as it. F1 is their harmonic mean. The best and the worst "
                               "class stand out."),
        "live.scores.calibration": tr("Of the answers that are 80 % sure, 80 % should be right: then bars end at the "
                                      "line. Bars below it are answers too sure of themselves. Above them stands how "
                                      "many answers there are of each confidence.\n"
                                      "ECE = Σ n(bin) / N · |right − confidence|\nGuo et al. 2017"),
        "live.scores.what": tr("Scores of each class, or confidence against being right."),
        "live.scores.order": tr("Classes as they are numbered, or those that are seen worst first."),
        "live.confusion.split": which,
        "live.confusion.look_once": once,
        "live.mistakes.split": which,
        "live.mistakes.look_once": once,
        "live.scores.split": which,
        "live.scores.look_once": once,
        "live.mistakes.gallery": tr("What each image is, what was seen in it, and how surely. Arrows go from one to "
                                    "the next."),
    }  # fmt: skip


def _data() -> Entries:
    """The data."""
    return {
        "live.data": tr("What there is to learn from, as a run would use it: the images, their averages, how many "
                        "there are of each class, and what the scaling makes of them. Nothing has to be trained "
                        "for it.\nChapter 3.6"),
        "live.data.view": tr("Images to look through, averages of each class, counts of the classes and parts, or "
                             "the same images before and after the scaling, or the augmentation."),
        "live.data.part": tr("What is learned from, what is set aside to validate, or what is there to test. That is "
                             "sealed until you ask for it, and is sealed again when you choose something else: who "
                             "looks at it chooses by it, and then it measures nothing any more.\nChapter 6.5"),
        "live.data.look_once": tr("Shows what there is to test. The look is counted with the network, as an "
                                  "evaluation is: the status bar and the Training tab say how many there were. "
                                  "Turning pages and classes is still the same look; it ends when another part, other "
                                  "data or another project is chosen, or a network learns from the start.\n"
                                  "Chapter 6.5"),
        "live.data.class": tr("Only images of this class."),
        "live.data.number": tr("The number of the image, counted from 1 and the same in all views: type one to go to "
                               "it, in whatever part and class it is. Those to test have numbers of their own."),
        "live.data.scaling": tr("The scaling that is tried on these images. The project keeps its own, which is set in "
                                "the Data tab."),
        "live.data.images": tr("All images of the part and class. Arrows, Page Up, Page Down, Home and End go through "
                               "them; plus and minus, or the wheel with Ctrl, make them larger or smaller."),
        "live.data.pixels": tr("One image, value by value: the pointer or the arrows say what each is worth. Grey "
                               "levels go from 0, black, to 255, white."),
        "live.data.averages": Explanation(
            tr("The mean of all images, the standard deviation σ of each pixel, and the mean of each class, over the "
               "chosen part. Where σ is black, a pixel never changes and tells nothing; how blurred a class is "
               "says how differently it is written."),
            formula="mean = Σ x / N\nσ = √(Σ (x − mean)² / N)",
            chapter="3.6",
        ),
        "live.data.points": tr("Points of the plane, a colour and a shape for each class; arrows go from one to the "
                               "next. Rings mark the mean of each class."),
        "live.data.counts": tr("How the set is divided into images to learn from, to validate and to test, and how "
                               "many there are of each class. Classes with few images are learned worse, and accuracy "
                               "hardly tells: look at the scores of each class then."),
        "live.data.variants": Explanation(
            tr("The first row has images as they are, the others what becomes of them when they are learned: something "
               "else in every step. A person should still know each of them; what nobody can read teaches nothing."),
            chapter="8.1.2",
        ),
        "live.data.scaled": Explanation(
            tr("The same images before and after the scaling, with the histogram of all values (heights are square "
               "roots of counts). “Each pixel's” is the least and the largest deviation of one pixel; “neighbours” is "
               "how alike pixels are that touch, from −1 to 1. Whitening takes that out, and edges are left."),
            formula="standardised = (x − mean) / σ\nwhitened = (C + ε I)^−½ (x − mean)",
            chapter="3.6",
        ),
    }  # fmt: skip


def _histograms() -> Entries:
    """Histograms."""
    return {
        "live.histograms": Explanation(
            tr("How the numbers inside each layer are distributed: its weights and biases now over the start or over "
               "time, the gradients of one batch, and what comes out of it for 100 images. A unit of ReLU that gives 0 "
               "for all of them is silent: it passes nothing on and learns nothing. A sigmoid near its ends is "
               "saturated. Arrow keys read the numbers."),
            formula=tr("σ = √(mean of (w − mean w)²)"), chapter="6.2",
            larger=tr("Wide: outputs run into their ends, gradients may explode."),
            smaller=tr("Narrow: all units say the same, gradients vanish."),
        ),
        "live.histograms.what": Explanation(
            tr("Which numbers are counted. Of gradients it is the size, on an axis of powers of ten: a layer where "
               "next to nothing of the error arrives lies far to the left. The batch is always the same one."),
            chapter="6.2",
        ),
        "live.histograms.when": tr("Now, weights and biases over the start as a dashed outline; or over time, from the "
                                   "moments of the time line: the stronger the colour, the more numbers, with their "
                                   "median and where 5 and 95 % of them lie. The ridge has an outline for each moment "
                                   "instead, the start far behind and the newest in front."),
        "live.histograms.layer": tr("All layers in rows, the selected one, or one that stays whatever is selected."),
    }  # fmt: skip


def _curves() -> Entries:
    """The curves."""
    smoothing = Explanation(
        tr("Over about how many batches every curve is averaged, the tiles of loss and accuracy too. An exponential "
           "average, freed from the zero it begins with; what was measured stands pale behind it."),
        formula="m(t) = β m(t−1) + (1 − β) y(t)\nsmooth(t) = m(t) / (1 − βᵗ)\nβ = 1 − 1/batches",
        larger=tr("Calmer, and later to follow."), smaller=tr("Nearer to each batch; 1 smooths nothing."),
    )  # fmt: skip
    return {
        "live.curves": tr("Curves of everything that is measured of a run, raw under smoothed, with earlier runs "
                          "dotted over it. Left and Right carry a crosshair that reads all curves. Marks say what was "
                          "changed by hand, and at the end why the run ended."),
        "live.curves.quantity": tr("What is drawn: loss, accuracy, learning rate, gradient norm, update-to-weight "
                                   "ratio, or throughput."),
        "live.curves.smoothing.slider": smoothing,
        "live.curves.smoothing.box": smoothing,
        "live.curves.options": tr("Logarithmic axes, chosen for each quantity, and which of the last four runs are "
                                  "laid over the one in sight."),
    }  # fmt: skip


def _checks() -> Entries:
    """Cost and gradient check."""
    return {
        "live.cost": tr("What each layer costs: shape, weights, multiply-adds and memory at once, from the network as "
                        "it is built; time once it is measured. Layers that run as one have one line, for nobody can "
                        "say which part of it is whose; layers in a block stand under it."),
        "live.cost.start": tr("Measures 20 steps over one batch on a network of its own, forward and backward, on one "
                              "processor; medians are shown. A run shares its batches out among more of them, and "
                              "the optimizer's step comes on top. A run meanwhile makes all times longer."),
        "live.cost.layer": tr("All layers, or the selected one, or one that stays whatever is selected, beside the sum "
                              "of all: shares are those of the whole network."),
        "live.cost.order": tr("Layers as they stand, or those first that take the most time; before it is measured, "
                              "the most multiply-adds."),
        "live.cost.table": tr("Enter or a click selects the layer in the network. A multiply-add is a multiplication "
                              "with the addition that follows: there are as many for dW, and as many again for dx."),
        "live.gradient_check": Explanation(
            tr("Backpropagation against slopes that are measured, in float64, on five images to learn from. A wrong "
               "gradient spoils those of all layers before it; therefore each layer is checked by itself as well, and "
               "the one that is wrong is named. On the corner of a ReLU, or where two numbers of a pooling window are "
               "equal, there is no derivative: such numbers are counted and left out."),
            formula="slope = (L(w + h) − L(w − h)) / 2h\nright: |slope − dw| < 10⁻⁵ · max|dw|", chapter="5.7.3",
        ),
        "live.gradient_check.start": tr("Checks the network in the document, with the weights it has learned or would "
                                        "begin with. Dropout keeps one mask throughout, batch normalization takes its "
                                        "statistics from the batch. It takes seconds, in deep networks longer."),
        "live.gradient_check.layer": tr("The gradients of all layers, or of the selected one, or of one that stays "
                                        "whatever is selected. All are checked in any case: what is wrong elsewhere "
                                        "is said."),
        "live.gradient_check.numbers": Explanation(
            tr("How many numbers of each gradient are moved: those where it is largest, some from the least "
               "number to the largest, and others at random, new ones each time."),
            larger=tr("A mistake in few numbers is more likely found, and it takes longer."), smaller=tr("Quicker."),
        ),
        "live.gradient_check.table": tr("“By itself” is the largest difference of the layer alone, “in the network” "
                                        "that of the gradient it learns from. dx is what a layer passes on to those "
                                        "before it. “As one”: neighbours that run together, against each for itself. "
                                        "Enter or a click selects the layer."),
    }  # fmt: skip


def _images() -> Entries:
    """Filters, feature maps, what excites a unit, saliency."""
    return {
        "live.filter_bank": Explanation(
            tr("The filters of a layer before the first step, now, and what training did to them. Zero is the middle "
               "of the colours; ± says what the ends stand for, in each of the three by itself. Filters that have "
               "become smooth, with light and dark sides, answer to edges. Enter opens one filter, Escape closes it."),
            formula="out = Σ W · x + b", chapter="7.6",
        ),
        "live.filter_bank.layer": tr("A convolution, or an Affine right behind an image that was flattened: its "
                                     "weights are one image of the input for each unit."),
        "live.filter_bank.channel": tr("A filter has a window for each channel that comes in. Their mean, all of them "
                                       "in a table of filters × channels, or one."),
        "live.maps": Explanation(
            tr("One image on its way through the network: what comes out of every layer, from left to right, to the "
               "answer. What has the colour of the ground is zero; numbers below zero are blue, and then those above "
               "are orange. Arrows walk over all maps; the one that is chosen stands large at the right. The pointer "
               "on a map says its number, and frames what that number sees of the image. A band runs through what is "
               "inside a block."),
            chapter="7.6",
        ),
        "live.maps.layer": tr("What all layers make of the image, or only the selected one, or one that stays whatever "
                              "is selected: its maps are larger then, and all their numbers are saved."),
        "live.maps.part": tr("An image to learn from, or one that is set aside to validate. Those to test stay "
                             "sealed."),
        "live.maps.image": tr("The number of the image, its place in the file, from 1, the same in all views; Page Up "
                              "and Page Down go through those of the part."),
        "live.excite": Explanation(
            tr("The images that a unit answers to most, of 2,000. Of a channel the largest answer counts, wherever in "
               "the image it is. The small pictures are what that place sees, its receptive field, which grows from "
               "layer to layer; a frame in the large one shows where it lies. Early layers answer to edges and "
               "corners, late ones to whole digits."),
            chapter="7.6",
        ),
        "live.excite.layer": tr("Any layer, also one inside a block."),
        "live.excite.unit": tr("The channel of an image, or the unit of a row, from 1; Page Up and Page Down go "
                               "through them. Another one is there at once: all are found together."),
        "live.excite.part": tr("Of which images: those to learn from, or those set aside to validate."),
        "live.saliency": Explanation(
            tr("How much the score of a class changes with each pixel. Where it is strong, the network looks; where it "
               "is nothing, a pixel that is a little brighter or darker changes nothing. The slope is that of the "
               "score before softmax, with the image as the network reads it, scaled. In even areas the numbers of a "
               "pooling window are equal: there is no derivative there, the first of them gets the whole slope, and a "
               "pattern of the grid of windows may show."),
            formula="S = |∂ score / ∂ x|", chapter="5.6",
        ),
        "live.saliency.part": tr("An image to learn from, or one that is set aside to validate. Those to test stay "
                                 "sealed."),
        "live.saliency.image": tr("The number of the image, its place in the file, from 1, the same in all views."),
        "live.saliency.class": tr("Whose score: that of the image's own label, of the network's answer, or of any "
                                  "class. For a wrong class it shows what would have to change."),
        "live.saliency.kind": tr("How strongly a pixel counts, or also in which direction: orange where a brighter "
                                 "pixel raises the score, blue where it lowers it."),
        "live.filter_bank.pictures": tr("The windows of the filters, each in the same colours: zero is the middle. "
                                        "Arrows go from one to the next, Enter opens one."),
        "live.maps.columns": tr("One column for each layer, one picture for each channel. Arrows go from map to map "
                                "and on to the next layer, Enter opens one, Escape leaves it."),
        "live.excite.images": tr("The images to which the unit answers most, the strongest first; a frame shows the "
                                 "part it saw. Arrows go from one to the next."),
    }  # fmt: skip


def _stepper() -> Entries:
    """The stepper."""
    tensor = tr("A tensor of the step, as the computation has it, one image and channel at a time. Arrows point at a "
                "number, Page Up and Page Down turn to another channel; what belongs together is framed in all of "
                "them.")  # fmt: skip
    return {
        "live.stepper": Explanation(
            tr("The step that the run takes next, done beside it with the same images and the same bits: forwards "
               "through every layer, the loss, and back. Point at a number, or move with the arrow keys, and what made "
               "it is outlined: patch, filter, and the sum. N goes to the next step, P to the one before."),
            formula="∂L/∂x = ∂L/∂out · ∂out/∂x", chapter="5.2",
        ),
        "live.stepper.rail": tr("A cell for each step: the way there above, the way back below, the loss at the end. "
                                "Left and Right go through them, Up and Down change the way, Home and End go to the "
                                "ends. Nothing is gone back through before the first layer that learns."),
        "live.stepper.first": tr("Goes to the first layer, forwards."),
        "live.stepper.before": tr("Goes to the step before."),
        "live.stepper.next": tr("Goes to the next step."),
        "live.stepper.last": tr("Goes to the end of the way back."),
        "live.stepper.image": tr("Which image of the batch is shown, from 1. All of them go through together; the "
                                 "gradients of weights are those of the whole batch, whichever is shown."),
        "live.stepper.mode": tr("The whole batch, as in training; or the one image by itself, a batch of one, whose "
                                "sums then give the gradients to the last term."),
        "live.stepper.im2col": Explanation(
            tr("The convolution as a product of matrices: im2col lays every patch of x in a row, W has a column for "
               "each filter. A row times a column is one number of out. Backwards, dcol is laid back where it came "
               "from and added up."),
            formula="out = col · W + b\ndW = colᵀ · dout\ndcol = dout · Wᵀ", chapter="7.4",
        ),
        "live.stepper.sum": tr("The number that is pointed at and the sum that makes it, computed in float64 from the "
                               "tensors in sight: the last digits may differ from those of the training, which adds "
                               "up in its own order and precision."),
        "live.stepper.formula": Explanation(
            tr("The book's formulas of the layer, on the way that is looked at."), chapter="5",
        ),
        "live.stepper.code": tr("The lines of NumPy that do it, as they stand in a network that is exported as code. "
                                "x, W, b and out, dout, dx, dW and db are whole batches there, N first."),
        **{f"live.stepper.tensors.{place}": tensor for place in _TENSORS},
    }  # fmt: skip
