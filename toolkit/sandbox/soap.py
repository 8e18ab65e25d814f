"""Salesforce's SOAP login, which older clients use: a user's name and password in XML for a session.

As at the token endpoint anything is accepted but what starts with ``wrong``.
"""

import re
from xml.sax.saxutils import escape

from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.sessions import Sessions

_HEADERS = {"content-type": "text/xml; charset=UTF-8"}
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    ' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)


def sign_in(sessions: Sessions, call: Call) -> Reply:
    """Answer a login with a session and the address to go on at, or with a fault."""
    text = call.content.decode("utf-8", "replace")
    user, password = _element(text, "username"), _element(text, "password")
    if not user or not password or user.startswith("wrong") or password.startswith("wrong"):
        said = "Invalid username, password, security token; or user locked out."
        fault = f"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>{said}</sf:exceptionMessage>"
        return _reply(
            500, f"<soapenv:Fault><faultcode>INVALID_LOGIN</faultcode><detail>{fault}</detail></soapenv:Fault>"
        )
    address = escape(f"{call.base}/services/Soap/u/{call.params['version']}/00D000000000001")
    result = f"<serverUrl>{address}</serverUrl><sessionId>{escape(sessions.begin())}</sessionId>"
    return _reply(200, f"<loginResponse><result>{result}</result></loginResponse>")


def _reply(status: int, body: str) -> Reply:
    return Reply(status, _ENVELOPE.format(body).encode(), _HEADERS)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:[\w.-]+:)?{name}>([^<]*)</", text)
    return found[1] if found else ""
