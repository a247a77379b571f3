"""The instruments of the strip, a section for each."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    which = tr("Which images are answered: those set aside to validate, those learned from, or the sealed test images. "
               "Beside a run fewer of them are, so that it keeps its speed.")  # fmt: skip
    once = tr("Looks at the sealed test images once, and counts it: who tunes by them has none left. Chapter 6.5")
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
        # -- the answers
        "live.confusion": tr("Which classes are taken for which. A row is what images are, a column what was seen in "
                             "them; what is right, the diagonal, stands back, and a mistake is the darker the larger "
                             "its share of the row. Enter or a click opens the images of a cell."),
        "live.confusion.matrix": tr("Arrows move from cell to cell, Enter opens its images. The colour is the square "
                                    "root of the share of the row, so that rare mistakes are seen too."),
        "live.confusion.gallery": tr("The images of the cell: what they are, what was seen in them, and how sure the "
                                     "network was."),
        "live.mistakes": tr("The images that the network gets wrong, the surest first: a mistake it is sure of is an "
                            "odd image, a wrong label, or something that it has not learned. 4→9 98 % is a 4 that is "
                            "seen as a 9 with 98 %."),
        "live.mistakes.label": tr("Only images of this class."),
        "live.mistakes.seen": tr("Only images in which this class was seen."),
        "live.mistakes.order": tr("Those that the network is surest of first, or those it nearly got right."),
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
    }  # fmt: skip
