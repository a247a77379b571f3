"""The inspector: layer, data and training."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "inspector.tabs": tr("Everything about the selected layer, about the data, and about the training."),
        "inspector.get_mnist": tr("Downloads the 70,000 hand-written digits in the background and keeps them. "
                                  "Chapter 3.6"),
        "inspector.fit_network": tr("Gives the network the input shape and the number of classes of these data; a "
                                    "last Affine gets one unit for each class. Layers in between stay as they are."),
        "inspector.evaluate_test": tr("Looks at the sealed test set once and says how many are right. Each look is "
                                      "counted: who tunes by the test set has none left. Chapter 6.5"),
        "inspector.run_on": tr("How this computer computes a batch: in one thread, or shared by workers that each "
                               "take a part of its images and sum their gradients. Threads share one program; "
                               "processes have one each and stay out of the window's way. Automatic tries the ways "
                               "for a moment when a run starts and takes the fastest. The choice stays with this "
                               "computer: it is not part of the project, and no undo step."),
        "inspector.workers": tr("How many share each batch; as many as there are processors is usually best.\n"
                                "The same seed gives the same numbers, bit for bit, with the same number of workers, "
                                "be they threads or processes. With another number the sums come in another order, "
                                "and their last digits differ."),
        "inspector.start_over": tr("Forgets what was learned; the next run begins with fresh weights."),
        "inspector.take_best": tr("Puts the weights of the epoch with the lowest validation loss in place of the last "
                                  "ones: later epochs learned the training images by heart. One undo step; what is "
                                  "trained from there on stays. Chapter 6.4"),
        "inspector.verify": tr("Learns the batches after the last automatic checkpoint once more and compares "
                               "weights, the optimizer's memory and losses with those of the model. The checkpoint "
                               "goes through a file first, like a saved run that goes on. The same seed and the same "
                               "number of workers give the same bits, so the difference is 0."),
        "inspector.freeze_all": tr("Only the last layer with weights goes on learning. What lies below keeps what it "
                                   "has learned on one task and serves another: transfer learning."),
        "inspector.fold.patience": tr("When a run ends before its last epoch: after so many epochs without a better "
                                      "validation loss. The weights of the best epoch are kept. Chapter 6.4"),
        "inspector.fold.seed": tr("Which numbers chance draws, in which order images come, and with how many digits "
                                  "is computed."),
        "inspector.fold.augmentation": tr("More images from those there are: each is turned, shifted or bent a little "
                                          "before it is learned, anew in every epoch. The images to validate and to "
                                          "test stay as they are. Chapter 8.1.2"),
        "inspector.add_augmentation": tr("Steps that move pixels are done together, then those that change grey "
                                         "levels, in the order of the list."),
        "inspector.augmentation_preview": tr("A few training images as they are, and as a step of the run would learn "
                                             "them. Each run draws others."),
        "inspector.plane": tr("The points to learn from, a colour and a shape for each class. The network gets two "
                              "numbers, across and up, and says which class."),
    }  # fmt: skip
