"""A screen: one path of the console, who may see it, and how it stands in the navigation."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from onhand.api.problems import refusal_of
from onhand.api.secrets import hash_of
from onhand.console.forms import MOST_BYTES, MOST_BYTES_OF_A_FILE, read_form
from onhand.console.office import Office
from onhand.console.visit import Visit
from onhand.trade.errors import Forbidden

COOKIE = "onhand_session"
SIGN_IN = "/console/sign-in"

# Nothing but this server is asked for anything, and nothing on a page can run that did not come as a file of it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Menu(NamedTuple):
    """How a screen stands in the navigation: its words (translated), its group, and the letter that follows `g`."""

    words: str
    group: str
    letter: str


class Screen(Route):
    """`show` is given the visit and what the path names. `needs` is the scope of the key behind the session."""

    def __init__(
        self,
        method: str,
        path: str,
        show: Callable[..., Awaitable[Response]],
        needs: str = "read",
        menu: Menu | None = None,
        *,
        takes_file: bool = False,
    ) -> None:
        self.show = show
        self.needs = needs
        self.menu = menu
        self.most_bytes = MOST_BYTES_OF_A_FILE if takes_file else MOST_BYTES
        super().__init__(path, self._answer, methods=[method])

    async def _answer(self, request: Request) -> Response:
        visit = await visit_of(request)
        if visit is None:
            response = to_sign_in(request)
        else:
            response = await self._answer_visit(visit)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    async def _answer_visit(self, visit: Visit) -> Response:
        try:
            visit.caller.may(self.needs)
            if visit.request.method == "POST":
                check_origin(visit.request)
                visit.form = await read_form(visit.request, self.most_bytes)
                if visit.form["csrf"] != visit.csrf:
                    raise Forbidden(
                        "This form is not of your session any more. Go back, load the page and send it again."
                    )
            return await self.show(visit, **visit.request.path_params)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            return await visit.refuse(refusal)


async def visit_of(request: Request) -> Visit | None:
    """The visit, if the browser has a session that lasts, and the key behind it does."""
    office: Office = request.app.state.office
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    session = await office.sessions.find(hash_of(secret.encode()))
    caller = await office.desk.keys.find(session.key_hash) if session is not None else None
    if session is None or caller is None:
        return None
    return Visit(request, office, session, caller, secret)


def to_sign_in(request: Request) -> Response:
    """Ask who it is, and come back afterwards: here, or to the page that a form or a part of a page belongs to."""
    is_part = "hx-request" in request.headers
    here = _parts(request.headers.get("referer", "") if is_part or request.method == "POST" else str(request.url))
    page = page_of(request.app.routes, here.path)
    query = f"?{here.query}" if here.query and page == here.path else ""
    back = f"{SIGN_IN}?next={quote(page + query)}" if here.path else SIGN_IN
    # Where a part of a page was asked for, the whole page has to go.
    return Response(status_code=401, headers={"HX-Redirect": back}) if is_part else RedirectResponse(back, 303)


def page_of(routes: Sequence[BaseRoute], path: str) -> str:
    """The page that an address belongs to. Where a form was refused, its page stands at an address that only takes
    forms: it was on the nearest page above.
    """
    screens = [route for route in routes if isinstance(route, Route)]
    inside = path.removeprefix("/console")
    while inside.strip("/"):
        pattern = next((screen.path for screen in screens if screen.path_regex.match(inside)), None)
        if any(screen.path == pattern and "GET" in (screen.methods or ()) for screen in screens):
            return f"/console{inside}"
        inside = inside.rpartition("/")[0]
    return "/console/"


def check_origin(request: Request) -> None:
    """Refuse a form that a page of somebody else sends. Raises Forbidden.

    Browsers say where a form comes from in one of two headers; what sends neither is no browser with our cookies.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign: Any = (
        site not in ("same-origin", "none") if site else origin and _parts(origin).netloc != request.url.netloc
    )
    if foreign:
        raise Forbidden("This form was sent from another site.")


def _parts(url: str) -> SplitResult:
    """Those of a URL that a header has named; none where it is no URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def path_within(path: str) -> str:
    """A path of the console that a form or a link has named, or its front page when it is none."""
    inside = path.startswith("/console/") and "\\" not in path and not any(ord(sign) < 32 for sign in path)
    return path if inside else "/console/"
