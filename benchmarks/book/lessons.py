"""The book, experiment by experiment: what must come out, and what proves it: a claim by training, a test, or both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """One experiment. `claims` are proved by running, `tests` name files under tests/; `note` is added as it stands."""

    chapter: str
    experiment: str
    says: str
    claims: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    note: str = ""


CHAPTER = {number: f"book/test_chapter_{number}.py" for number in range(2, 9)}
LAYERS = "contract/test_layers.py"
PICKLES = ("exchange/test_book_pickle.py", "exchange/test_hostile_pickles.py")

LESSONS = (
    Lesson("2", "Gates from weights and bias set by hand", "AND, NAND and OR with the book's numbers",
           tests=(CHAPTER[2],)),
    Lesson("2", "XOR", "no single line does it; NAND and OR into AND do",
           tests=(CHAPTER[2],)),
    Lesson("2", "Perceptron learning rule", "finds AND, NAND, OR in finitely many steps, never settles on XOR",
           tests=(CHAPTER[2],)),
    Lesson("2, 3", "Sets in the plane: gates, circles, moons, spirals", "a net of two layers separates the spirals",
           tests=(CHAPTER[3],)),
    Lesson("3", "Activation functions", "sigmoid(-1, 1, 2) = 0.26894142, 0.73105858, 0.88079708; none warns at -1000",
           tests=(CHAPTER[3],)),
    Lesson("3", "Three-layer forward pass, number by number", "(1.0, 0.5) -> 0.31682708, 0.69627909",
           tests=(CHAPTER[3],)),
    Lesson("3", "Softmax without overflow", "(1010, 1000, 990) -> 9.99954600e-01, 4.53978686e-05, 2.06106005e-09",
           tests=(CHAPTER[3],)),
    Lesson("3", "A stack of linear layers", "is one linear layer: equal outputs", tests=(CHAPTER[3],)),
    Lesson("3", "MNIST read, scaled, flattened, one-hot, whitened; one batch against one by one", "the same answers",
           tests=(CHAPTER[3], "core/test_data_prepare.py", "core/test_data_whitening.py")),
    Lesson("3", "Pickles like the book's trained weights, sample_weight.pkl", "known by the shapes as 784-50-100-10 "
           "with sigmoid; answers of the book's code; nothing in a hostile one is executed", tests=PICKLES),
    Lesson("4", "Squared error and cross entropy", "0.0975 and 0.5975; 0.51082546 and 2.30258509; one-hot as labels",
           tests=(CHAPTER[4],)),
    Lesson("4", "Why not accuracy", "the loss moves smoothly, accuracy in jumps", tests=(CHAPTER[4],)),
    Lesson("4", "Numerical derivative and gradient", "(3, 4) -> (6, 8); (0, 2) -> (0, 4); (3, 0) -> (6, 0)",
           tests=(CHAPTER[4],)),
    Lesson("4", "Gradient descent from (-3, 4)", "(-6.11110793e-10, 8.14814391e-10); rate 10 flies away, 1e-10 stays",
           tests=(CHAPTER[4],)),
    Lesson("4", "simpleNet", "loss 0.2071304284 and the gradient to eight digits", tests=(CHAPTER[4],)),
    Lesson("4, 5", "TwoLayerNet 784-50-10", "both curves on top of each other: no overfitting",
           ("two_layer_net", "two_layer_net_relu", "numerical_and_backward"), (CHAPTER[4],)),
    Lesson("5", "Computational graphs", "apples 220 and 2.2, 110, 200; with oranges 715 and 110, 2.2, 3.3, 165, 650",
           tests=(CHAPTER[5],)),
    Lesson("5", "A network of one's own, stepped", "the local sums are the gradient of the run", tests=(CHAPTER[5],)),
    Lesson("5", "Softmax with cross entropy", "y - t: (0.3, 0.2, 0.5) with (0, 1, 0) -> (0.3, -0.8, 0.5)",
           tests=(CHAPTER[5],)),
    Lesson("5", "Gradient check of any stack", "about 1e-10 in float64",
           tests=(CHAPTER[5], "core/test_numeric.py", LAYERS)),
    Lesson("6", "Paths of the optimizers, of Newton and of BFGS", "zigzag, saddle, two minima, swings",
           tests=(CHAPTER[6],)),
    Lesson("6", "Optimizers on MNIST", "the other three are ahead of SGD", ("optimizers",)),
    Lesson("6", "Activation histograms", "piled up at 0 and 1; all at 0.5; broad; He keeps its width",
           ("activations",), (CHAPTER[6],)),
    Lesson("6", "Initial weights on MNIST", "0.01 does not learn; He the fastest; zero stays symmetric",
           ("initial_values", "zero_weights"), (CHAPTER[6],)),
    Lesson("6", "Batch normalization over 16 scales", "learns nearly everywhere", ("batch_normalization",)),
    Lesson("6", "Overfitting on 300 images, and against it", "the gap narrows, training accuracy below 100 %",
           ("overfitting", "weight_decay", "weight_decay_l1", "max_norm", "dropout")),
    Lesson("6", "Ensemble of five", "better than its members", ("ensemble",)),
    Lesson("6", "Hyper-parameters, 100 random draws", "good ones lie at a learning rate of 0.001 to 0.01", ("search",)),
    Lesson("6", "Learning-rate schedules", "a run that was stopped goes on with the same rates",
           tests=("contract/test_schedules.py",)),
    Lesson("6", "The rate finder", "a rate between the one that learns nothing and the one that flies away",
           tests=("core/test_rate_finder.py",)),
    Lesson("7", "Convolution by hand", "[[15, 16], [6, 15]]; 7 x 7 with stride 2 -> 3 x 3; misfits are refused",
           tests=(CHAPTER[7],)),
    Lesson("7", "im2col", "(1, 3, 7, 7) by 5 x 5 -> (9, 75); (10, 3, 7, 7) -> (90, 75)", tests=(CHAPTER[7],)),
    Lesson("7", "Max and average pooling", "small shifts do not matter", tests=(CHAPTER[7],)),
    Lesson("7", "SimpleConvNet", "training 99.82 %, test 98.96 %; filters become edges and blobs",
           ("simple_conv_net",)),
    Lesson("7", "Pickles like the book's params.pkl", "known by the shapes as SimpleConvNet; answers of the book's "
           "code; written back bit for bit, for its load_params", tests=PICKLES[:1]),
    Lesson("7", "LeNet; AlexNet in small", "they learn", ("lenet_and_alexnet",)),
    Lesson("8", "DeepConvNet", "99.38 %", ("deep_conv_net",)),
    Lesson("8", "Pickles like the book's deep_convnet_params.pkl", "known by the shapes as DeepConvNet; answers of the "
           "book's code, whose Dropout multiplies by 1 - ratio; written back", tests=PICKLES[:1]),
    Lesson("8", "Augmentation", "better than without", ("deep_conv_net_augmented", "deep_ensemble")),
    Lesson("8", "Depth: one 5 x 5 or two 3 x 3", "25 weights or 18 with the same field of view", tests=(CHAPTER[8],)),
    Lesson("8", "VGG, GoogLeNet, ResNet in small", "they learn", ("vgg_googlenet_resnet",)),
    Lesson("8", "Plain against residual at 20 layers", "plain stalls, residual learns", ("twenty_layers",)),
    Lesson("8", "Transfer", "a head on kept features needs fewer images", ("transfer",)),
    Lesson("8", "Half precision", "float64, 32 and 16 have the same accuracy", ("half_precision",)),
    Lesson("8", "Batches over several workers", "the same bits, in less time", ("workers",),
           ("core/test_ways_agree.py",), "More in [performance.md](performance.md)."),
)  # fmt: skip
