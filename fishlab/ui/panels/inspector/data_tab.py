"""The Data tab: which images are in use, a few of them, and all that can be set about them."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from fishlab.core.data.checks import shape_words
from fishlab.core.data.dataset import DATASETS, DIGITS, resolve_source
from fishlab.core.data.mnist import find_mnist
from fishlab.core.data.preview import Look, Survey, look, what_is_named
from fishlab.core.fields import describe
from fishlab.core.fitting import fit_network, fits
from fishlab.core.spec import DataSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.augmentation_box import AugmentationBox, pipeline_words
from fishlab.ui.panels.inspector.classes_fold import ClassesFold
from fishlab.ui.panels.inspector.contact_sheet import ContactSheet
from fishlab.ui.panels.inspector.edits import change_data, fit_to_data
from fishlab.ui.panels.inspector.fetch_box import FetchBox
from fishlab.ui.panels.inspector.glimpse import Glimpse
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.percent_field import PercentField
from fishlab.ui.panels.inspector.point_sheet import PointSheet
from fishlab.ui.panels.inspector.run_watch import RunWatch
from fishlab.ui.panels.inspector.scaling_preview import ScalingPreview
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.panels.inspector.words import SHORT_CHOICES, soft_breaks
from fishlab.ui.sampler import Sampler
from fishlab.ui.session import State, TrainSession
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.fold import Fold
from fishlab.ui.widgets.label import Label

_HOW = ("subset", "validation", "scaling", "epsilon")
_WHICH = tuple(info.name for info in describe(DataSpec) if "source" in (info.name, *(info.shown_when or ())))


def choose_folder(parent: QWidget, start: str) -> str:
    """Ask for a folder with the system's dialog; empty where the person thought better of it."""
    title = QCoreApplication.translate("inspector", "Folder with the images")
    return QFileDialog.getExistingDirectory(parent, title, start)


def choose_file(parent: QWidget, start: str) -> str:
    """Ask for a file with the system's dialog; empty where the person thought better of it."""
    title = QCoreApplication.translate("inspector", "File with the images and their labels")
    kinds = QCoreApplication.translate("inspector", "Tables and arrays (*.csv *.npz *.idx *ubyte *.gz);;All files (*)")
    return QFileDialog.getOpenFileName(parent, title, start, kinds)[0]


class DataTab(Page):
    """`ask_folder(parent, start)` and `ask_file` answer where the images are; tests put others in their place."""

    def __init__(
        self,
        document: Document,
        session: TrainSession,
        glimpse: Glimpse,
        watch: RunWatch,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._glimpse, self._watch = document, session, glimpse, watch
        self._sampler = Sampler(self)
        self._look = Look()
        self._seen: tuple[Look, tuple[str, ...]] | None = None
        self._augments = False
        self.ask_folder: Callable[[QWidget, str], str] = choose_folder
        self.ask_file: Callable[[QWidget, str], str] = choose_file
        self._build()
        self._connect()
        self._sync()

    # -- build
    def _build(self) -> None:
        self.heading = Heading()
        self.heading.setObjectName("inspector.data_in_use")
        self.where = Label("", "caption", 400, "ink2", wrap=True)
        self.sheet, self.points = ContactSheet(), PointSheet()
        self.points.setObjectName("inspector.plane")
        self.points.hide()
        self.classes = ClassesFold()
        self.which = SpecForm("inspector", only=_WHICH, words=SHORT_CHOICES, makers={"test_share": PercentField})
        self.fetch = FetchBox(self._document, self._session, self)
        self.how = SpecForm("inspector", only=_HOW, words=SHORT_CHOICES, makers={"validation": PercentField})
        self.misfit = Label("", "small", 400, "ink2", wrap=True)
        self.misfit.setObjectName("inspector.data_misfit")
        self.fit = Button(self.tr("Fit the network"), "check")
        self.fit.setObjectName("inspector.fit_network")
        for part in (self.heading, self.where, self.misfit, self.fit, self.sheet, self.points, self.classes):
            self.add(part)
        self.add_section(self.tr("Which ones"))
        self.add(self.which)
        self.add(self.fetch)
        self.add_section(self.tr("How they are used"))
        self.add(self.how)
        self.scaled = ScalingPreview(self._document, self)
        self.add(self.scaled)
        self.augmentation = AugmentationBox(self._document, self._session)
        self.fold = Fold(self.tr("Augmentation"))
        self.fold.setObjectName("inspector.fold.augmentation")
        self.fold.add(self.augmentation)
        self.add(self.fold)
        self.which.align_with(self.how)
        self._sync_forms()
        self._build_choose_buttons()
        self.how.field("subset").controls[0].setSpecialValueText(self.tr("all"))

    def _build_choose_buttons(self) -> None:
        self.choose = Button(self.tr("Choose…"), "folder")
        self.choose.setObjectName("inspector.choose_folder")
        self.which.field("folder").layout().addWidget(self.choose)
        self.choose_file = Button(self.tr("Choose…"), "data")
        self.choose_file.setObjectName("inspector.choose_file")
        self.which.field("file").layout().addWidget(self.choose_file)
        self.choose_labels = Button(self.tr("Choose…"), "data")
        self.choose_labels.setObjectName("inspector.choose_label_file")
        self.which.field("label_file").layout().addWidget(self.choose_labels)
        source, folder, file, labels, *rest = self.which.fields()
        fetch = (self.fetch.get, self.fetch.cancel)
        self.set_tab_order(
            self.fit, self.classes.header, source, folder, self.choose, file, self.choose_file,
            labels, self.choose_labels, *rest, *fetch,
            *self.how.fields(), self.fold.header, *self.augmentation.buttons(),
        )  # fmt: skip

    # -- connect
    def _connect(self) -> None:
        self.which.edited.connect(self._on_edited)
        self.how.edited.connect(self._on_edited)
        self._sampler.arrived.connect(self._on_look_arrived)
        self.choose.clicked.connect(self._on_choose_clicked)
        self.choose_file.clicked.connect(self._on_choose_file_clicked)
        self.choose_labels.clicked.connect(self._on_choose_labels_clicked)
        self.fit.clicked.connect(self._on_fit_clicked)
        self._document.changed.connect(self._on_document_changed)
        signals = (self._session.state_changed, self._session.data_changed, self._watch.changed, self._glimpse.changed)
        for signal in signals:
            signal.connect(self._sync)

    def _on_document_changed(self, old: object) -> None:
        self._sync()

    def _on_edited(self, data: DataSpec, name: str) -> None:
        change_data(self._document, data, name)

    def _on_look_arrived(self, look: Look | None) -> None:
        self._look = look or Look()
        self._sync_look()

    def _on_choose_clicked(self) -> None:
        data = self._document.spec.data
        folder = self.ask_folder(self, data.folder)
        if folder:
            change_data(self._document, data.replace(folder=folder), "folder")

    def _on_choose_file_clicked(self) -> None:
        data = self._document.spec.data
        file = self.ask_file(self, data.file)
        if file:
            change_data(self._document, data.replace(file=file), "file")

    def _on_choose_labels_clicked(self) -> None:
        data = self._document.spec.data
        file = self.ask_file(self, data.label_file or data.file)
        if file:
            change_data(self._document, data.replace(label_file=file), "label_file")

    def _on_fit_clicked(self) -> None:
        found = self._glimpse.of(self._document.spec.data)
        if found is not None and found.class_names:
            fit_to_data(self._document, fit_network(self._document.spec, found))

    # -- sync
    def showEvent(self, event: QShowEvent) -> None:
        """Look at the images now that somebody does."""
        super().showEvent(event)
        self._sync()

    def _sync(self) -> None:
        self._sync_forms()
        if self.isVisible():
            self._sync_in_use()

    def _sync_forms(self) -> None:
        data = self._document.spec.data
        self.which.show_spec(data)
        self.how.show_spec(data)
        self.fold.set_note(pipeline_words(data.augmentation))
        if data.augmentation and not self._augments:
            self.fold.set_open(True)  # a project that comes with steps shows them
        self._augments = bool(data.augmentation)
        another = DATASETS[resolve_source(data)].item.by_name
        wrong = not another and bool(data.folder) and find_mnist(data.folder) is None
        self.which.set_problem(("folder",) if wrong else (), self.tr("the four MNIST files are not in it"))
        self.which.set_note("source", self.tr("MNIST if it is here, else drawn") if resolves(data) else "")
        self.how.set_note("validation", self._validation_words(data))

    def _validation_words(self, data: DataSpec) -> str:
        split = self._glimpse.split(data)
        if split is None:
            return ""
        learn, validate = split
        return self.tr("{validate} to validate, {learn} to learn").format(learn=f"{learn:,}", validate=f"{validate:,}")

    def _sync_in_use(self) -> None:
        data = (self._watch.project or self._document.spec).data
        found = self._glimpse.of(data)
        self._sampler.ask((found, what_is_named(data)), partial(look, data))
        self._sync_misfit()
        self._sync_look()
        self.augmentation.set_digits(found is not None and found.class_names == DIGITS)
        if found is None:
            self._say_missing(data)
            return
        loaded = self._session.data_in_use() if self._session.state is State.RUNNING else ""
        self.heading.set_words("data", loaded or found.name, self._until_when())
        self.where.setText(soft_breaks(self._where_from(found)))

    def _sync_look(self) -> None:
        found = self._glimpse.of((self._watch.project or self._document.spec).data)
        names = found.class_names if found else ()
        if self._seen == (self._look, names):
            return
        self._seen = (self._look, names)
        self.sheet.set_images(self._look.images)
        self.points.set_points(self._look.points, self._look.labels, names)
        self.classes.show_classes(names, self._look.counts)

    def _where_from(self, found: Survey) -> str:
        counts = self.tr("{train} + {test}").format(train=f"{found.train:,}", test=f"{found.test:,}")
        things = self.tr("images")
        if len(found.shape) == 1:
            things = self.tr("rows") if found.folder else self.tr("points")
        if not found.folder:
            return self.tr("{counts} {things}, made by FishLab").format(counts=counts, things=things)
        words = self.tr("{counts} {things} from the folder {place}")
        if found.folder.is_file():
            words = self.tr("{counts} {things} from the file {place}")
        return words.format(counts=counts, things=things, place=found.folder)

    def _sync_misfit(self) -> None:
        """Where the network does not fit, offer to fit it."""
        words = misfit_words(self._document, self._glimpse)
        self.misfit.setText(words)
        self.misfit.setVisible(bool(words))
        self.fit.setVisible(bool(words))

    def _until_when(self) -> str:
        """In one line, so that no field moves when the first of them is changed."""
        project = self._watch.project
        if project is None:
            return self.tr("in use")
        waits = project.data != self._document.spec.data
        return self.tr("in use until this run ends") if waits else self.tr("in use by this run")

    def _say_missing(self, data: DataSpec) -> None:
        title = DATASETS[resolve_source(data)].title
        looking, why_not = self._glimpse.looking(data), self._glimpse.why_not(data)
        fetched = self.tr("chosen, but not here yet")  # MNIST: nobody said what was wrong with a file
        state = self.tr("looking at it…") if looking else self.tr("cannot be used yet") if why_not else fetched
        self.heading.set_words("data", title, state)
        self.where.setText("" if looking else soft_breaks(why_not) or self._why_missing(data))

    def _why_missing(self, data: DataSpec) -> str:
        if data.folder:
            return self.tr("The folder has no images that can be read. Choose another one, or empty it.")
        return self.tr("Run fetches it, 11 MB. Or get it now, or choose the folder that holds the four files.")


def misfit_words(document: Document, glimpse: Glimpse) -> str:
    """Say that the network does not fit the data that are chosen; empty where it does, or only a run will tell."""
    found, network = glimpse.of(document.spec.data), document.network
    if found is None or not found.class_names or fits(network, found):
        return ""
    words = QCoreApplication.translate(
        "inspector", "They are {shape} in {classes} classes; the network takes {takes} in {tells}."
    )
    return words.format(
        shape=shape_words(found.shape), classes=len(found.class_names), takes=shape_words(network.in_shape),
        tells=network.classes,
    )  # fmt: skip


def resolves(data: DataSpec) -> bool:
    """Return whether the choice of images is left to FishLab."""
    return data.source not in DATASETS
