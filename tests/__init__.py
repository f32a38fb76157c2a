"""The specification that runs."""
