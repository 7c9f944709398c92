"""Web pages. Their sources are in `web/`; `make setup` builds them into `static/`."""
