"""Groups ("collections"), and who and what is in them."""
