"""Entry point: `aurora-console`, or `python -m aurora_console`."""

from __future__ import annotations

import gc
import sys

from aurora_console.errors import AuroraError, ExitCode
from aurora_console.text import clean_lines


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # What imports make lives on: looking through it again and again delays the first frame by a tenth.
    gc.set_threshold(50_000, 20, 100)
    from aurora_console.cli import cli  # noqa: PLC0415  so that an interrupt while importing is caught, too

    try:
        code = cli(standalone_mode=False)
    except AuroraError as error:
        print(f"aurora-console: {clean_lines(str(error))}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        import click  # noqa: PLC0415  loaded already

        if isinstance(error, click.exceptions.Abort):
            code = 130
        elif isinstance(error, click.ClickException):
            error.show()
            code = ExitCode.USAGE
        else:
            raise
    sys.exit(int(code or 0))


if __name__ == "__main__":
    main()
