"""Salesforce's token endpoint: three unattended ways to sign in, none of which checks a real secret.

Anything is accepted except an id, secret, token or user that starts with ``wrong``: so that a refusal can be rehearsed.
"""

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qsl

from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.sessions import Sessions

GRANTS = {
    "client_credentials": ("client_id", "client_secret"),
    "refresh_token": ("client_id", "refresh_token"),
    "urn:ietf:params:oauth:grant-type:jwt-bearer": ("assertion",),
}


def sign_in(sessions: Sessions, call: Call, now: float) -> Reply:
    """POST /services/oauth2/token: a session as access token, or an OAuth error object with 400."""
    form = dict(parse_qsl(call.content.decode("utf-8", "replace"))) | call.params
    needed = GRANTS.get(form.get("grant_type", ""))
    if needed is None:
        return _refused("unsupported_grant_type", "grant type not supported")
    missing = [name for name in needed if not form.get(name)]
    if missing:
        return _refused("invalid_request", f"missing parameter: {', '.join(missing)}")
    wrong = _wrong(form)
    if wrong:
        return _refused(*wrong)
    spent = form.get("refresh_token", "") if form["grant_type"] == "refresh_token" else ""
    renewed = sessions.refresh(spent) if spent else spent
    if renewed is None:
        return _refused("invalid_grant", "expired access/refresh token")
    rotated = {"refresh_token": renewed} if renewed != spent else {}
    return Reply(200, _token(sessions.begin(), call.base, now) | rotated)


def _wrong(form: dict[str, str]) -> tuple[str, str] | None:
    claims = _claims(form.get("assertion", ""))
    if form.get("client_id", "").startswith("wrong") or str(claims.get("iss", "")).startswith("wrong"):
        return "invalid_client_id", "client identifier invalid"
    if form.get("client_secret", "").startswith("wrong"):
        return "invalid_client", "invalid client credentials"
    if form.get("refresh_token", "").startswith("wrong"):
        return "invalid_grant", "expired access/refresh token"
    if form.get("assertion", "").startswith("wrong") or str(claims.get("sub", "")).startswith("wrong"):
        return "invalid_grant", "user hasn't approved this consumer"
    return None


def _claims(assertion: str) -> dict[str, Any]:
    """Read a JWT's claims without checking its signature; empty when it is not one."""
    part = [*assertion.split("."), "", ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _token(session: str, base: str, now: float) -> dict[str, str]:
    return {
        "access_token": session,
        "instance_url": base,
        "id": f"{base}/id/00D000000000001EAA/005000000000001AAA",
        "token_type": "Bearer",
        "issued_at": str(int(now * 1000)),
        "signature": "c2FuZGJveA==",
    }


def _refused(error: str, description: str) -> Reply:
    return Reply(400, {"error": error, "error_description": description})
