"""The version, from the installed package, or from the checkout where none is installed."""

from importlib import metadata

try:
    VERSION = metadata.version("camscope")
except metadata.PackageNotFoundError:
    VERSION = "0+checkout"
