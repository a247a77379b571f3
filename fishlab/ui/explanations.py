"""What the parts of the window are that no registry describes; layers and fields bring their own words.

Chapters are those of "Deep Learning from Scratch".
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget


def explain_parts(window: QWidget) -> None:
    """Give every part named here its words; one that is not there is left out."""
    for name, words in _words().items():
        for part in window.findChildren(QWidget, name):
            part.setWhatsThis(words)


def _words() -> dict[str, str]:
    return {
        "palette.search": _tr("Type a part of a layer's name; Enter adds the first that is found."),
        "palette.layers": _tr("The layers there are. Drag one into the network, or press Enter to add it after the "
                              "selection."),
        "network": _tr("The network, from the image at the top to the answer at the bottom. Each card says what shape "
                       "comes out of it. A block holds branches: what comes in goes through each of them, and at its "
                       "end they meet again. Chapter 5"),
        "network.hint": _tr("Click, or type / , to add a layer after the selected one."),
        "inspector.tabs": _tr("Everything about the selected layer, about the data, and about the training."),
        "inspector.get_mnist": _tr("Downloads the 70,000 hand-written digits in the background and keeps them. "
                                   "Chapter 3.6"),
        "inspector.fit_network": _tr("Gives the network the input shape and the number of classes of these data; a "
                                     "last Affine gets one unit for each class. Layers in between stay as they are."),
        "inspector.evaluate_test": _tr("Looks at the sealed test images once and says how many are right. Each look is "
                                       "counted: who tunes by the test set has none left. Chapter 6.5"),
        "inspector.run_on": _tr("How this computer computes a batch: in one thread, or shared by workers that each "
                                "take a part of its images and sum their gradients. Threads share one program; "
                                "processes have one each and stay out of the window's way. Automatic tries the ways "
                                "for a moment when a run starts and takes the fastest. The choice stays with this "
                                "computer: it is not part of the project, and no undo step."),
        "inspector.workers": _tr("How many share each batch; as many as there are processors is usually best.\n"
                                 "The same seed gives the same numbers, bit for bit, with the same number of workers, "
                                 "be they threads or processes. With another number the sums come in another order, "
                                 "and their last digits differ."),
        "inspector.start_over": _tr("Forgets what was learned; the next run begins with fresh weights."),
        "inspector.take_best": _tr("Puts the weights of the epoch with the lowest validation loss in place of the last "
                                   "ones: later epochs learned the training images by heart. One undo step; what is "
                                   "trained from there on stays. Chapter 6.4"),
        "inspector.verify": _tr("Learns the batches after the last automatic checkpoint once more and compares "
                                "weights, the optimizer's memory and losses with those of the model. The checkpoint "
                                "goes through a file first, like a saved run that goes on. The same seed and the same "
                                "number of workers give the same bits, so the difference is 0."),
        "inspector.freeze_all": _tr("Only the last layer with weights goes on learning. What lies below keeps what it "
                                    "has learned on one task and serves another: transfer learning."),
        "inspector.fold.patience": _tr("When a run ends before its last epoch: after so many epochs without a better "
                                       "validation loss. The weights of the best epoch are kept. Chapter 6.4"),
        "inspector.fold.seed": _tr("Which numbers chance draws, in which order images come, and with how many digits "
                                   "is computed."),
        "inspector.fold.augmentation": _tr("More images from those there are: each is turned, shifted or bent a little "
                                           "before it is learned, anew in every epoch. The images to validate and to "
                                           "test stay as they are. Chapter 8.1.2"),
        "inspector.add_augmentation": _tr("Steps that move pixels are done together, then those that change grey "
                                          "levels, in the order of the list."),
        "inspector.augmentation_preview": _tr("A few training images as they are, and as a step of the run would learn "
                                              "them. Each run draws others."),
        "inspector.plane": _tr("The points to learn from, a colour and a shape for each class. The network gets two "
                               "numbers, across and up, and says which class."),
        "notes.text": _tr("Your own words about this project: what is tried, and what came of it. They are saved with "
                          "it, and every change of them can be undone."),
        "export.formats": _tr("What a network can be written as for other programs. What is grey cannot be had now; "
                              "beside it stands why."),
        "export.weights": _tr("The weights as the training left them, or those of the epoch whose validation loss was "
                              "lowest. Chapter 6.4"),
        "recent.list": _tr("The projects opened or saved last. Beside the list stand the network, its curves and the "
                           "beginning of the notes, as they were saved."),
        "recovery.words": _tr("What was not saved when FishLab ended without warning. It is kept until it is brought "
                              "back and saved, or let go."),
        "import.said": _tr("What was found in the file, and where each of its arrays went."),
        "live.loss": _tr("How wrong the network is: the mean of −log of the probability it gave the right answer. "
                         "Drawn against epochs, on a logarithmic scale; lower is better.\n"
                         "L = −1/N Σ log p(answer)\nChapter 4.2"),
        "live.accuracy": _tr("The share of images whose highest score is the right digit, for the batches learned from "
                             "and for the validation images, which are never learned from. Where the two part, the "
                             "network learns by heart.\nright / all\nChapters 4.5 and 6.4"),
        "live.weights": _tr("How the weights of each layer are distributed, now over the start. Too narrow and the "
                            "layers all say the same, too wide and gradients vanish or burst.\nσ is the standard "
                            "deviation\nChapter 6.2"),
        "live.filters": _tr("The filters of the first convolution as small pictures, before training and now: what "
                            "was noise becomes edges and blobs. Zero is the middle of the colours.\nChapter 7.6"),
        "live.instruments": _tr("Instruments that look at the trained network from other sides."),
        "try.pad": _tr("Draw a digit with the mouse. It is centred and scaled to 28 × 28 as the images of MNIST are, "
                       "and recognised at once, while the network learns too.\nChapter 3.6"),
        "try.sees": _tr("The drawing as the network gets it: 28 × 28 grey levels, the digit's centre in the middle."),
        "try.bars": _tr("What the network gives each digit: the softmax of its ten scores.\n"
                        "p(k) = exp s(k) / Σ exp s(i)\nChapter 3.5"),
    }  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("Explanations", text)
