"""Requests whose user is real, for typing: `request.user` is a `User` behind `login_required` and in the API."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class SignedInRequest(HttpRequest):
    user: User


class SignedInApiRequest(Request):
    user: User
