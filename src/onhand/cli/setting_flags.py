"""The flags of `onhand serve`: one for each setting, made from the settings themselves so that none is forgotten."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from onhand.config import Settings


def with_setting_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for each setting. It gets those that were used, by name, as its `**flags`."""

    def called(**given: Any) -> None:
        command(**{name: value for name, value in given.items() if name in own or value is not None})

    signature = inspect.signature(command)
    own = {name: each for name, each in signature.parameters.items() if each.kind is not each.VAR_KEYWORD}
    flags = [_flag(name, field) for name, field in Settings.model_fields.items()]
    parameters = [*(each.replace(kind=each.KEYWORD_ONLY) for each in own.values()), *flags]
    called.__doc__ = command.__doc__
    called.__name__ = command.__name__
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    called.__dict__["__signature__"] = signature.replace(parameters=parameters)
    return called


def _flag(name: str, field: FieldInfo) -> inspect.Parameter:
    option = f"--{name.replace('_', '-')}"
    choices = get_args(field.annotation) if get_origin(field.annotation) is not Literal else ()
    kind = next((each for each in choices if each is not type(None)), field.annotation)
    told = f"{field.description}" + ("" if field.default is None else f" (else {field.default})")
    names = (f"{option}/--no-{option[2:]}",) if kind is bool else (option,)
    annotation = Annotated[kind | None, typer.Option(*names, help=told, show_default=False, rich_help_panel="Settings")]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
