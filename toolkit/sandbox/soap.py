"""Salesforce's SOAP login, which older clients use: a user's name and password in XML for a session.

As at the token endpoint anything is accepted but what starts with ``wrong``.
"""

import re
from xml.sax.saxutils import escape

from toolkit.sandbox.calls import Call, Reply
from toolkit.sandbox.record_ids import salesforce_id
from toolkit.sandbox.sessions import Sessions

ORGANISATION = "00D000000000001EAA"
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
        detail = f"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>{said}</sf:exceptionMessage>"
        fault = f"<faultcode>INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: {said}</faultstring>"
        return _reply(500, f"<soapenv:Fault>{fault}<detail>{detail}</detail></soapenv:Fault>")
    result = {
        "passwordExpired": "false",
        "serverUrl": f"{call.base}/services/Soap/u/{call.params['version']}/{ORGANISATION[:15]}",
        "sessionId": sessions.begin(),
        "userId": salesforce_id("005", 1),
    }
    told = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in result.items())
    told += f"<userInfo><organizationId>{ORGANISATION}</organizationId></userInfo>"
    return _reply(200, f"<loginResponse><result>{told}</result></loginResponse>")


def _reply(status: int, body: str) -> Reply:
    return Reply(status, _ENVELOPE.format(body).encode(), _HEADERS)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:[\w.-]+:)?{name}>([^<]*)</", text)
    return found[1] if found else ""
