"""``python -m service.cli``: how the supervisor starts its roles, whatever the PATH."""

from service.cli import main

if __name__ == "__main__":
    main()
