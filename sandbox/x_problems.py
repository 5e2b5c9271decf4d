"""X's errors: problem+json bodies, and the partial errors of a 200.

Truth: docs.x.com (fundamentals/response-codes-and-errors) and bodies seen in public issue threads.
"""

from __future__ import annotations

from typing import Any

from sandbox.exchange import Answer, as_json

PROBLEMS = "https://api.twitter.com/2/problems/"
BLANK = "about:blank"
REFUSALS: dict[int, dict[str, Any]] = {
    401: {"title": "Unauthorized", "type": BLANK, "status": 401, "detail": "Unauthorized"},
    402: {
        "title": "CreditsDepleted",
        "type": PROBLEMS + "credits",
        "detail": "Your enrolled account does not have any credits to fulfill this request.",
    },
    403: {
        "title": "Client Forbidden",
        "type": PROBLEMS + "client-forbidden",
        "reason": "client-not-enrolled",
        "detail": "When authenticating requests to the X API v2 endpoints, you must use keys and tokens "
        "from a developer App that is attached to a Project.",
    },
    404: {"title": "Not Found", "type": BLANK, "status": 404, "detail": "Not Found"},
    429: {"title": "Too Many Requests", "type": BLANK, "status": 429, "detail": "Too Many Requests"},
    503: {"title": "Service Unavailable", "type": BLANK, "status": 503, "detail": "Service Unavailable"},
}


def refusal(status: int, code: str) -> Answer:
    if code == "usage-capped":
        detail = "Usage cap exceeded: Monthly product cap"
        return _problem(
            429, {"title": "UsageCapExceeded", "type": PROBLEMS + code, "detail": detail, "period": "Monthly"}
        )
    internal = {"title": "Internal Server Error", "type": PROBLEMS + "internal-error", "status": status}
    return _problem(status, REFUSALS.get(status, internal))


def _problem(status: int, body: dict[str, Any]) -> Answer:
    return as_json(body, status).with_headers((("Content-Type", "application/problem+json"),))


def invalid(parameter: str, value: str, message: str) -> Answer:
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": PROBLEMS + "invalid-request",
    }
    return _problem(400, body)


def missing(resource: str, parameter: str, value: str) -> dict[str, Any]:
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }


def suspended(parameter: str, value: str) -> dict[str, Any]:
    return missing("user", parameter, value) | {
        "detail": f"User has been suspended: [{value}].",
        "title": "Forbidden",
    }


def unauthorised(post_id: str, parameter: str = "ids") -> dict[str, Any]:
    return {
        "value": post_id,
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{post_id}].",
        "title": "Authorization Error",
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": post_id,
        "type": PROBLEMS + "not-authorized-for-resource",
    }


def unauthorised_user(user_id: str) -> dict[str, Any]:
    return unauthorised(user_id, "id") | {
        "detail": f"Sorry, you are not authorized to see the user with id: [{user_id}].",
        "resource_type": "user",
    }
