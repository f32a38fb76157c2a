"""The language of flows as a document: tables with examples that are run, and the page made of them."""
