"""`lpfunctions version`: what a report of a fault needs."""


def version() -> None:
    """Print the versions of lpfunctions, Python and the HTTP libraries."""
    import platform
    from importlib.metadata import version as version_of

    from lpfunctions import __version__
    from lpfunctions.cli.output import show_json

    libraries = {name: version_of(name) for name in ("aiohttp", "pydantic", "requests", "urllib3")}
    show_json({"lpfunctions": __version__, "python": platform.python_version(), **libraries})
