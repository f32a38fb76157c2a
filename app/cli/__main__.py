"""`python -m app.cli` is `samvad`."""

from app.cli import main

if __name__ == "__main__":
    main()
