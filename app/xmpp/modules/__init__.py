"""One file for one specification. Modules meet through hooks only."""
