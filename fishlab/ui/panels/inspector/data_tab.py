"""The Data tab: which images are in use, a few of them, and all that can be set about them."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from fishlab.core.data.dataset import DATASETS, resolve_source
from fishlab.core.data.mnist import find_mnist
from fishlab.core.spec import DataSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.contact_sheet import ContactSheet
from fishlab.ui.panels.inspector.edits import change_data
from fishlab.ui.panels.inspector.fetch_box import FetchBox
from fishlab.ui.panels.inspector.glimpse import Glimpse
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.percent_field import PercentField
from fishlab.ui.panels.inspector.run_watch import RunWatch
from fishlab.ui.panels.inspector.sampler import Sampler
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.panels.inspector.words import SHORT_CHOICES, soft_breaks
from fishlab.ui.session import State, TrainSession
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label

_WHICH = ("source", "folder", "drawn", "wildness")
_HOW = ("subset", "validation", "scaling")


def choose_folder(parent: QWidget, start: str) -> str:
    """Ask for a folder with the system's dialog; empty where the person thought better of it."""
    title = QCoreApplication.translate("inspector", "Folder with the four MNIST files")
    return QFileDialog.getExistingDirectory(parent, title, start)


class DataTab(Page):
    """`ask_folder(parent, start)` answers where the images are; tests put a function of their own there."""

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
        self.ask_folder: Callable[[QWidget, str], str] = choose_folder
        self._build()
        self._connect()
        self._sync()

    # -- build
    def _build(self) -> None:
        self.heading = Heading()
        self.heading.setObjectName("inspector.data_in_use")
        self.where = Label("", "caption", 400, "ink2", wrap=True)
        self.sheet = ContactSheet()
        self.which = SpecForm("inspector", only=_WHICH, words=SHORT_CHOICES)
        self.fetch = FetchBox(self._document, self._session)
        self.how = SpecForm("inspector", only=_HOW, words=SHORT_CHOICES, makers={"validation": PercentField})
        for part in (self.heading, self.where, self.sheet):
            self.add(part)
        self.add_section(self.tr("Which images"))
        self.add(self.which)
        self.add(self.fetch)
        self.add_section(self.tr("How they are used"))
        self.add(self.how)
        self.which.align_with(self.how)
        self._sync_forms()
        self._build_folder_button()
        self.how.field("subset").controls[0].setSpecialValueText(self.tr("all"))

    def _build_folder_button(self) -> None:
        self.choose = Button(self.tr("Choose…"), "folder")
        self.choose.setObjectName("inspector.choose_folder")
        self.which.field("folder").layout().addWidget(self.choose)
        source, folder, *rest = self.which.fields()
        fetch = (self.fetch.get, self.fetch.cancel)
        self.set_tab_order(source, folder, self.choose, *rest, *fetch, *self.how.fields())

    # -- connect
    def _connect(self) -> None:
        self.which.edited.connect(self._on_edited)
        self.how.edited.connect(self._on_edited)
        self._sampler.arrived.connect(self.sheet.set_images)
        self.choose.clicked.connect(self._on_choose_clicked)
        self._document.changed.connect(self._on_document_changed)
        for signal in (self._session.state_changed, self._session.data_changed, self._watch.changed):
            signal.connect(self._sync)

    def _on_document_changed(self, old: object) -> None:
        self._sync()

    def _on_edited(self, data: DataSpec, name: str) -> None:
        change_data(self._document, data, name)

    def _on_choose_clicked(self) -> None:
        data = self._document.spec.data
        folder = self.ask_folder(self, data.folder)
        if folder:
            change_data(self._document, data.replace(folder=folder), "folder")

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
        wrong = bool(data.folder) and find_mnist(data.folder) is None
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
        self._sampler.ask((found, data.wildness), data)
        if found is None:
            self._say_missing(data)
            return
        loaded = self._session.data_in_use() if self._session.state is State.RUNNING else ""
        self.heading.set_words("data", loaded or found.name, self._until_when())
        amounts = self.tr("{train} + {test} images").format(train=f"{found.train:,}", test=f"{found.test:,}")
        words = self.tr("{amounts} from the folder {folder}") if found.folder else self.tr("{amounts}, made by FishLab")
        self.where.setText(soft_breaks(words.format(amounts=amounts, folder=found.folder)))

    def _until_when(self) -> str:
        """In one line, so that no field moves when the first of them is changed."""
        project = self._watch.project
        if project is None:
            return self.tr("in use")
        waits = project.data != self._document.spec.data
        return self.tr("in use until this run ends") if waits else self.tr("in use by this run")

    def _say_missing(self, data: DataSpec) -> None:
        title = DATASETS[resolve_source(data)].title
        self.heading.set_words("data", title, self.tr("chosen, but not here yet"))
        self.where.setText(
            self.tr("The folder has no images that can be read. Choose another one, or empty it.")
            if data.folder
            else self.tr("Run fetches it, 11 MB. Or get it now, or choose the folder that holds the four files.")
        )


def resolves(data: DataSpec) -> bool:
    """Return whether the choice of images is left to FishLab."""
    return data.source not in DATASETS
