"""The emulator's status page: HTML that the emulator serves itself, with one style sheet and one script of its own.

Everything works without the script, by loading the page again; with it, forms and links change parts of the page, and
the page follows what happens. Nothing comes from elsewhere.
"""
