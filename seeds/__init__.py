"""The demo organization, its flows, and the receiver of its webhook."""
