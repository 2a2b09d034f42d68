"""The JSON API's part about what is inside a network: thin routes over the use-case of the rooms."""

from fastapi import APIRouter

from app.answers import API

router = APIRouter(prefix=f"{API}/learn")
