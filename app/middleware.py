"""What every request passes on its way to its route, and how large it may be."""

import re

from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.access import LOGIN, LOGOUT, Access, TokenOnly
from app.admission import Admission, Admitted
from app.answers import API
from app.config import Settings
from app.head_requests import HeadAsGet
from app.hosts import KnownHosts, NameAsked
from app.languages import LANGUAGE_PATH, InTheirLanguage
from app.limits import (
    ARCHIVE_TOO_LARGE,
    FORM_TOO_LARGE,
    MAX_FIELD_BYTES,
    MAX_QUESTION_BYTES,
    MODEL_TOO_LARGE,
    QUESTION_TOO_LARGE,
    BodyLimit,
    Upload,
)
from app.metrics import Metrics
from app.rates import RateLimit
from app.security import Owner, SameSiteOnly, SecurityHeaders
from app.telemetry import Telemetry
from app.whole_files import WholeFiles


def middleware(settings: Settings, metrics: Metrics, admission: Admission, access: Access | None) -> list[Middleware]:
    """What every request passes, the outermost first."""
    proxies, hosts, rate = settings.trusted_proxies, settings.hosts, settings.rate_limit
    return [
        Middleware(SecurityHeaders),
        Middleware(InTheirLanguage),
        Middleware(Telemetry, metrics),
        *([Middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))] if proxies else []),
        *([Middleware(KnownHosts, hosts)] if hosts else []),
        *([Middleware(RateLimit, rate)] if rate else []),
        Middleware(NameAsked),
        Middleware(HeadAsGet),
        Middleware(SameSiteOnly),
        *([Middleware(TokenOnly, access)] if access else []),
        Middleware(Admitted, admission),
        Middleware(BodyLimit, settings.max_upload_bytes, _other_uploads(settings)),
        Middleware(Owner, settings.shared),
        Middleware(WholeFiles),
    ]


def _other_uploads(settings: Settings) -> dict[re.Pattern[str], Upload]:
    """What may be larger than a photo, or need not be as large, by the path it is sent to."""
    question = Upload(QUESTION_TOO_LARGE, MAX_QUESTION_BYTES)
    archive = Upload(ARCHIVE_TOO_LARGE, settings.max_archive_bytes)
    model = Upload(MODEL_TOO_LARGE, settings.max_model_bytes)
    return {
        re.compile(rf"{API}/datasets/[^/]+/archive|/train|({API})?/evaluations"): archive,
        re.compile(rf"({API})?/models"): model,
        re.compile(rf"{API}/explanations/[^/]+/counterfactuals(/curve)?"): question,
        re.compile(f"{LOGIN}|{LOGOUT}|{LANGUAGE_PATH}"): Upload(FORM_TOO_LARGE, MAX_FIELD_BYTES),
    }
