import gzip
import logging

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from common.request_id import request_id
from config.middleware import RequestIdFilter, RequestIdMiddleware, TextGZipMiddleware

LONG = "共缔 " * 500


@pytest.fixture
def ask(rf: RequestFactory):
    """Send one request through TextGZipMiddleware, which gets the given response."""

    def ask(response, path="/neighbourhoods/"):
        return TextGZipMiddleware(lambda request: response)(rf.get(path, headers={"accept-encoding": "gzip"}))

    return ask


# --- Request ids ------------------------------------------------------------------------------------


def test_a_callers_request_id_is_kept_and_sent_back(rf):
    seen = []

    def view(request):
        seen.append(request_id.get())
        return HttpResponse()

    response = RequestIdMiddleware(view)(rf.get("/", headers={"x-request-id": "gateway-7.a_b"}))

    assert seen == ["gateway-7.a_b"]
    assert response["X-Request-ID"] == "gateway-7.a_b"
    assert request_id.get() == ""


@pytest.mark.parametrize("given", ["", "two words", "line\nbreak", "x" * 65, "共"])
def test_an_id_that_would_spoil_a_log_is_replaced(rf, given):
    request = rf.get("/")
    request.META["HTTP_X_REQUEST_ID"] = given

    response = RequestIdMiddleware(lambda request: HttpResponse())(request)

    assert len(response["X-Request-ID"]) == 32
    assert response["X-Request-ID"] != given


def test_the_id_is_taken_back_after_a_crash(rf):
    def view(request):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        RequestIdMiddleware(view)(rf.get("/"))

    assert request_id.get() == ""


def test_log_lines_carry_the_id():
    record = logging.makeLogRecord({})
    token = request_id.set("abc")
    RequestIdFilter().filter(record)
    request_id.reset(token)

    assert record.request_id == "abc"


def test_the_line_about_a_missing_page_carries_it_too(client, caplog):
    caplog.handler.addFilter(RequestIdFilter())

    client.get("/nowhere/", headers={"x-request-id": "lost-page"})

    lines = [record for record in caplog.records if record.name == "django.request"]
    assert [line.request_id for line in lines] == ["lost-page"]


# --- Security headers -------------------------------------------------------------------------------


def policy(response) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


def test_a_page_loads_nothing_from_elsewhere_and_no_script_from_html(client):
    found = policy(client.get("/nowhere/"))

    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self'"
    assert found["style-src"] == "'self'"
    assert found["frame-ancestors"] == "'none'"


def test_only_the_back_office_may_do_more(client):
    admin = policy(client.get("/admin/nowhere/"))
    outside = policy(client.get("/administration/"))

    assert admin["script-src"] == "'self' 'unsafe-eval'"
    assert admin["style-src"] == "'self' 'unsafe-inline'"
    assert outside["style-src"] == "'self'"


def test_the_usual_headers_are_there(client):
    response = client.get("/nowhere/")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


# --- Compression ------------------------------------------------------------------------------------


def test_a_text_is_compressed(ask):
    response = ask(HttpResponse(LONG))

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).decode() == LONG


def test_a_problem_document_counts_as_text_and_a_workbook_does_not(ask):
    problem = ask(HttpResponse(LONG, content_type="application/problem+json"))
    workbook = ask(HttpResponse(LONG, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))

    assert problem["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in workbook


def test_an_etag_stays_strong_for_if_match(ask):
    response = ask(HttpResponse(LONG, content_type="application/json", headers={"ETag": '"7"'}))

    assert response["ETag"] == '"7"'
    assert "Content-Encoding" not in response


def test_a_piece_of_a_file_is_sent_as_it_is(ask):
    response = ask(StreamingHttpResponse([LONG.encode()], status=206, content_type="text/css"), "/static/css/base.css")

    assert "Content-Encoding" not in response


def test_a_static_file_is_compressed_and_found_unchanged_by_its_date(client):
    first = client.get("/static/css/base.css", headers={"accept-encoding": "gzip"})
    again = client.get("/static/css/base.css", headers={"if-modified-since": first["Last-Modified"]})

    assert first["Content-Encoding"] == "gzip"
    assert b"".join(first.streaming_content).startswith(b"\x1f\x8b")
    assert again.status_code == 304
