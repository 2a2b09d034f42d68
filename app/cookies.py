"""Cookies as requests send them."""

from collections.abc import Iterator

from starlette.datastructures import Headers


def cookie_values(headers: Headers, name: str) -> Iterator[str]:
    """All values of a cookie; a name may come several times, from several hosts above ours."""
    for line in headers.getlist("cookie"):
        for pair in line.split(";"):
            found, _, value = pair.strip().partition("=")
            if found == name:
                yield value


def set_cookie(name: str, value: str, max_age_s: int, same_site: str, is_https: bool) -> str:
    """A Set-Cookie header's value; scripts cannot read the cookie."""
    secure = "; Secure" if is_https else ""
    return f"{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite={same_site}{secure}"
