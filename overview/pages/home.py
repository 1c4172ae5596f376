"""The start page, which is nobody's: it leads to where a role works."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.choices import Act, Role


def home(request: HttpRequest) -> HttpResponse:
    """To the page where the role works, whoever has one; a visitor to the sign-in."""
    user = request.user
    if not user.is_authenticated:
        return redirect("account_login")
    if user.has_role(Role.COMMUNITY_STAFF):
        return redirect("surveys")
    if user.has_role(Role.GRID_WORKER, Role.COMMITTEE_MEMBER):
        return redirect("field")
    if user.has_role(Role.PROPERTY_CLERK):
        return redirect("fees_home")
    if user.is_administrator:
        return redirect("admin:index")
    if user.reach(Act.OVERVIEW):
        return redirect("dashboard")
    if user.reach(Act.REGISTRY):
        return redirect("neighbourhoods")
    return render(request, "overview/no_role.html")
