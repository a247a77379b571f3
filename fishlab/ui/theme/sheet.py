"""The one style sheet, made from the tokens and the unit, set on the application.

A border takes the arrows and check marks of a control away, so they are named here as SVG files in the theme's colours.
States a widget sets as properties: `primary` on the one filled button, `bad` on a refused field, `flat` on a button
without a frame; set them with `fishlab.ui.widgets.mark`.
"""

from collections.abc import Callable

from fishlab.ui.theme.svg import svg_url
from fishlab.ui.theme.tokens import Tokens

_FIELDS = "QAbstractSpinBox, QComboBox, QLineEdit"


def sheet(t: Tokens, px: Callable[[float], int]) -> str:
    """Return the sheet for tokens `t`, every length through `px` (units to whole pixels)."""
    parts = (_window, _questions, _menus, _buttons, _fields, _arrows, _checks, _tabs, _scrolls, _views, _sliders)
    return "\n".join(part(t, px) for part in parts)


def _url(name: str, colour: str) -> str:
    return f'url("{svg_url(name, colour)}")'


def _image(name: str, colour: str) -> str:
    return f"image: {_url(name, colour)}"


def _window(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QMainWindow::separator {{ background: {t.bench}; width: {px(6)}px; height: {px(6)}px; }}
QMainWindow::separator:hover {{ background: {t.line}; }}
QSplitter::handle {{ background: transparent; }}
QToolBar {{ background: {t.bench}; border: 0; spacing: {px(4)}px; padding: {px(7)}px {px(14)}px; }}
QStatusBar {{ background: {t.bench}; color: {t.ink2}; min-height: {px(28)}px; }}
QStatusBar::item {{ border: 0; }}
QToolTip {{ background: {t.card}; color: {t.ink}; border: 1px solid {t.edge};
    padding: {px(4)}px {px(6)}px; }}"""


def _questions(t: Tokens, px: Callable[[float], int]) -> str:
    # Where the system has no dialogs of its own these are Qt's, with pictures drawn for a light window.
    return f"""
QMessageBox {{ messagebox-warning-icon: {_url("warning", t.warn)}; }}
QMessageBox QLabel#qt_msgbox_label {{ font-weight: 600; }}
QMessageBox QLabel#qt_msgbox_informativelabel {{ min-width: {px(280)}px; }}
QInputDialog QLineEdit {{ min-width: {px(280)}px; }}
QFileDialog {{ backward-icon: {_url("left", t.ink2)}; forward-icon: {_url("right", t.ink2)};
    filedialog-parent-directory-icon: {_url("up", t.ink2)};
    filedialog-new-directory-icon: {_url("plus", t.ink2)}; }}"""


def _menus(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QMenuBar {{ background: {t.bench}; color: {t.ink}; padding: {px(1)}px 0; }}
QMenuBar::item {{ padding: {px(5)}px {px(11)}px; background: transparent; border-radius: {px(5)}px; }}
QMenuBar::item:selected {{ background: {t.line}; }}
QMenu {{ background: {t.card}; color: {t.ink}; border: 1px solid {t.edge}; padding: {px(4)}px; }}
QMenu::item {{ padding: {px(5)}px {px(24)}px {px(5)}px {px(30)}px; border-radius: {px(5)}px; }}
QMenu::item:selected {{ background: {t.soft}; color: {t.ink}; }}
QMenu::item:disabled {{ color: {t.disabled}; background: transparent; }}
QMenu::icon {{ left: {px(8)}px; }}
QMenu::indicator {{ width: {px(16)}px; height: {px(16)}px; left: {px(8)}px; }}
QMenu::indicator:checked {{ {_image("check", t.ink)}; }}
QMenu::right-arrow {{ {_image("right", t.ink2)}; width: {px(14)}px; height: {px(14)}px; right: {px(6)}px; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: {px(4)}px {px(8)}px; }}"""


def _buttons(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QPushButton {{ background: {t.panel}; color: {t.ink}; border: 1px solid {t.edge}; border-radius: {px(5)}px;
    padding: 0 {px(12)}px; min-height: {px(30) - 2}px; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {t.soft}; border-color: {t.accent}; }}
QPushButton[primary="true"], QPushButton:default {{ background: {t.accent}; border-color: {t.accent};
    color: {t.on_accent}; }}
QPushButton[primary="true"] {{ font-weight: 600; }}
QPushButton[primary="true"]:hover, QPushButton:default:hover {{ background: {t.pressed}; border-color: {t.pressed}; }}
QPushButton:disabled, QPushButton[primary="true"]:disabled {{ background: transparent; color: {t.disabled};
    border-color: {t.line}; }}
QPushButton::menu-indicator {{ {_image("down", t.ink2)}; width: {px(14)}px; height: {px(14)}px; right: {px(6)}px;
    subcontrol-origin: padding; subcontrol-position: center right; }}
QToolButton {{ background: transparent; color: {t.ink2}; border: 1px solid transparent; border-radius: {px(5)}px;
    padding: {px(3)}px; }}
QToolButton:hover, QToolButton:pressed, QToolButton:open {{ background: {t.hover}; color: {t.ink}; }}
QToolButton:checked {{ background: {t.soft}; }}
QToolButton:disabled {{ color: {t.disabled}; background: transparent; }}
QToolButton::menu-indicator {{ image: none; }}"""


def _fields(t: Tokens, px: Callable[[float], int]) -> str:
    # Without a colour of its own a placeholder gets half of the text's, whatever the palette says.
    # The thicker border of focus and refusal grows inwards: total height and the place of the text stay.
    thick = f"padding: 0 {px(7)}px; min-height: {px(28) - 4}px; max-height: {px(28) - 4}px"
    return f"""
{_FIELDS} {{ background: {t.card}; color: {t.ink}; placeholder-text-color: {t.ink3};
    border: 1px solid {t.edge}; border-radius: {px(5)}px; padding: 0 {px(8)}px;
    min-height: {px(28) - 2}px; max-height: {px(28) - 2}px; }}
{_only(":focus")} {{ border: 2px solid {t.accent}; {thick}; }}
{_only('[bad="true"]')} {{ border: 2px solid {t.bad}; background: {t.bad_pale}; {thick}; }}
{_only(":disabled")} {{ background: transparent; border-color: {t.line}; color: {t.disabled}; }}
QAbstractSpinBox, QAbstractSpinBox:focus, QAbstractSpinBox[bad="true"] {{ padding: 0; }}
QLineEdit {{ padding: 0 {px(6)}px; }}
QLineEdit:focus, QLineEdit[bad="true"] {{ padding: 0 {px(5)}px; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit {{ background: transparent; border: 0;
    padding: 0; min-height: 0; max-height: 9999px; }}
QPlainTextEdit, QTextEdit {{ background: {t.card}; color: {t.ink}; placeholder-text-color: {t.ink3};
    border: 1px solid {t.edge}; border-radius: {px(5)}px; }}
QPlainTextEdit[readOnly="true"], QTextEdit[readOnly="true"] {{ border-color: {t.line}; }}
QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {t.accent}; }}"""


def _only(state: str) -> str:
    return ", ".join(name + state for name in _FIELDS.split(", "))


def _arrows(t: Tokens, px: Callable[[float], int]) -> str:
    size = f"width: {px(14)}px; height: {px(14)}px"
    return f"""
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ subcontrol-origin: border; width: {px(22)}px; border: 0;
    background: transparent; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; height: {px(14)}px; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; height: {px(14)}px; }}
QAbstractSpinBox::up-arrow {{ {_image("up", t.ink2)}; {size}; top: {px(2)}px; }}
QAbstractSpinBox::down-arrow {{ {_image("down", t.ink2)}; {size}; bottom: {px(2)}px; }}
QAbstractSpinBox::up-arrow:hover {{ {_image("up", t.accent)}; }}
QAbstractSpinBox::down-arrow:hover {{ {_image("down", t.accent)}; }}
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off {{ {_image("up", t.disabled)}; }}
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off {{ {_image("down", t.disabled)}; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: 0; width: {px(24)}px; }}
QComboBox::down-arrow {{ {_image("down", t.ink2)}; {size}; }}
QComboBox::down-arrow:disabled {{ {_image("down", t.disabled)}; }}
QComboBox QAbstractItemView {{ background: {t.card}; border: 1px solid {t.edge}; padding: {px(3)}px; outline: 0; }}
QComboBox QAbstractItemView::item {{ min-height: {px(26)}px; padding: 0 {px(5)}px; border: 0;
    border-radius: {px(5)}px; }}
QComboBox QAbstractItemView::item:selected {{ background: {t.soft}; color: {t.ink}; }}"""


def _checks(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QCheckBox {{ spacing: {px(8)}px; min-height: {px(24)}px; }}
QCheckBox::indicator, QListView::indicator {{ width: {px(16) - 2}px; height: {px(16) - 2}px;
    border: 1px solid {t.edge}; background: {t.card}; border-radius: {px(4)}px; }}
QCheckBox[bad="true"] {{ color: {t.bad}; }}
QCheckBox::indicator:hover {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate, QListView::indicator:checked {{
    background: {t.accent}; border-color: {t.accent};
    {_image("check", t.on_accent)}; }}
QCheckBox::indicator:disabled {{ background: transparent; border-color: {t.line}; }}
QCheckBox::indicator:checked:disabled {{ {_image("check", t.disabled)}; }}"""


def _tabs(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QTabWidget::pane {{ border: 0; border-top: 1px solid {t.line}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tear {{ width: 0; }}
QTabBar::tab {{ background: transparent; color: {t.ink2}; border: 0; border-bottom: 2px solid transparent;
    padding: 0 {px(12)}px; min-height: {px(32) - 2}px; }}
QTabBar::tab:hover {{ color: {t.ink}; background: {t.hover}; }}
QTabBar::tab:selected {{ color: {t.ink}; background: transparent; border-bottom-color: {t.accent}; }}
QTabBar::tab:focus {{ background: {t.soft}; }}
QTabBar::tab:disabled {{ color: {t.disabled}; }}"""


def _scrolls(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QScrollArea {{ background: transparent; border: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QScrollBar {{ background: transparent; border: 0; margin: 0; }}
QScrollBar:vertical {{ width: {px(10)}px; }}
QScrollBar:horizontal {{ height: {px(10)}px; }}
QScrollBar::handle {{ background: {t.edge}; border-radius: {px(3)}px; margin: {px(2)}px; }}
QScrollBar::handle:vertical {{ min-height: {px(28)}px; }}
QScrollBar::handle:horizontal {{ min-width: {px(28)}px; }}
QScrollBar::handle:hover {{ background: {t.ink3}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}"""


def _views(t: Tokens, px: Callable[[float], int]) -> str:
    # Fusion's own sign of focus lies over the words of a row and dims them; a border does not.
    return f"""
QTreeView, QListView, QTableView {{ background: transparent; color: {t.ink}; border: 0; gridline-color: {t.line};
    selection-background-color: transparent; selection-color: {t.ink}; }}
QTreeView::item, QListView::item, QTableView::item {{ padding: 0 {px(4)}px; height: {px(26)}px; }}
QListView {{ outline: 0; }}
QListView::item {{ border: 2px solid transparent; border-radius: {px(5)}px;
    padding: 0 {max(1, px(4) - 2)}px; height: {px(26) - 4}px; }}
QListView::item:focus {{ border-color: {t.accent}; }}
QTreeView::item:hover, QListView::item:hover {{ background: {t.hover}; }}
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {{ background: {t.soft};
    color: {t.ink}; }}
QHeaderView {{ background: transparent; border: 0; }}
QTreeView::branch {{ background: transparent; }}
QTreeView::branch:has-children:closed {{ {_image("right", t.ink2)}; }}
QTreeView::branch:has-children:open {{ {_image("down", t.ink2)}; }}
QHeaderView::section {{ background: transparent; color: {t.ink3}; border: 0; border-bottom: 1px solid {t.line};
    padding: {px(4)}px {px(8)}px; }}"""


def _sliders(t: Tokens, px: Callable[[float], int]) -> str:
    return f"""
QSlider:horizontal {{ min-height: {px(24)}px; }}
QSlider::groove:horizontal {{ height: {px(4)}px; background: {t.line}; border-radius: {px(2)}px; }}
QSlider::sub-page:horizontal {{ background: {t.edge}; border-radius: {px(2)}px; }}
QSlider::handle:horizontal {{ width: {px(14) - 4}px; margin: -{(px(14) - px(4)) // 2}px 0;
    background: {t.card}; border: 2px solid {t.accent}; border-radius: {px(14) // 2}px; }}
QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
QProgressBar {{ background: {t.line}; border: 0; border-radius: {px(3)}px; max-height: {px(6)}px; min-height: {px(6)}px;
    color: transparent; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: {px(3)}px; }}"""
