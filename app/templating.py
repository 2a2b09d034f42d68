"""Records of app/contexts.py in, HTML out."""

from dataclasses import replace
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import text
from app.contexts import Language, Page, Site
from app.languages import LANGUAGES, language
from app.modules import preloaded, script_address
from app.paths import TEMPLATES_DIR
from app.sentences import script_text
from app.translated import translated
from app.version import VERSION

THEME_COOKIE = "camscope_theme"
THEMES = ("light", "dark")


@cache
def environment() -> Environment:
    """The templates: escaped, strict about names, with gettext and the filters for numbers."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.install_gettext_callables(text.gettext, text.ngettext, newstyle=True)  # type: ignore[attr-defined]
    templates.policies["json.dumps_kwargs"] = {"sort_keys": False}  # the first colour map is the usual one
    templates.filters.update(
        fixed=text.fixed,
        percent=text.percent,
        share=text.share,
        plain=text.plain,
        moment=text.moment,
        signed=text.signed,
        preloaded=preloaded,
        script_address=script_address,
        translated=translated,
    )
    return templates


def site(request: Request, path: str | None = None) -> Site:
    """What every page has, for this visitor.

    Args:
        request: of the visitor
        path: which page this is; default the one that was asked for
    """
    access = request.app.state.access
    logged_in = access is not None and access.has_session(request.headers)
    stranger = access is not None and not logged_in and not getattr(request.state, "token_shown", False)
    theme = request.cookies.get(THEME_COOKIE, "")
    return Site(
        path=request.scope["path"] if path is None else path,
        here=_here(request),
        theme=theme if theme in THEMES else "auto",
        language=language(),
        languages=tuple(Language(code, name) for code, name in LANGUAGES.items() if code != language()),
        version="" if stranger else VERSION,
        script_text=script_text(),
        shared=request.app.state.settings.shared,
        logged_in=logged_in,
        stranger=stranger,
        request_id=getattr(request.state, "request_id", ""),
    )


def _here(request: Request) -> str:
    """The address to come back to; that of a form's answer knows no GET, or says something else."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def render(page: Page, status: int = 200) -> HTMLResponse:
    """A page as HTML; of a refusal, with the request's id."""
    if status < 400:
        page = replace(page, site=replace(page.site, request_id=""))
    headers = {"Content-Language": page.site.language, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(environment().get_template(page.template).render(page.values()), status, headers)
