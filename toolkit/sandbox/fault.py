"""The errors of Salesforce's REST API: a status and a JSON array of one code and message."""

from toolkit.sandbox.calls import Reply


class Fault(Exception):
    """The request is answered with one of Salesforce's errors."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """Give the answer: Salesforce's errors are a JSON array."""
        return Reply(self.status, [{"errorCode": self.code, "message": str(self)}])


def unknown() -> Fault:
    """Make the refusal for something that isn't there."""
    return Fault(404, "NOT_FOUND", "The requested resource does not exist")
