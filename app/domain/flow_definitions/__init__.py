"""Flows as staff draw them: names, keywords, revisions, publishing, files. Running is `app.runner`."""
