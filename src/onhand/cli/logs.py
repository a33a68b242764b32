"""Where logs go: to standard error, as text for people or as JSON for collectors."""

import logging
import sys

import structlog

log = structlog.get_logger()


def log_to_stderr(log_format: str, *, quiet: bool = False) -> None:
    """Quiet: only what needs a person."""
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    exceptions: list[structlog.typing.Processor] = []
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
        # Without local variables: they may hold keys and customers' data.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        exceptions = [structlog.processors.ExceptionRenderer(tracebacks)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)], force=True)


class _Libraries(logging.Handler):
    """What the libraries have to say goes the same way, so that a collector finds one form."""

    def emit(self, record: logging.LogRecord) -> None:
        trace = record.exc_info if record.exc_info and record.exc_info[0] else None
        log.log(record.levelno, "library_warns", library=record.name, said=record.getMessage(), exc_info=trace)
