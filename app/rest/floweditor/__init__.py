"""`/flow-editor`: what the public flow editor asks for, and the page that holds it."""
