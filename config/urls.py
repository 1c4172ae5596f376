"""Where each address leads. Every app brings its own pages and API routes."""

from django.contrib import admin
from django.urls import include, path
from oauth2_provider.views import RevokeTokenView

from accounts.api.tokens import ClientTokenView, limited_by_address

urlpatterns = [
    path("api/", include("config.api")),
    path("oauth/token/", limited_by_address(ClientTokenView.as_view()), name="oauth-token"),
    path("oauth/revoke/", limited_by_address(RevokeTokenView.as_view()), name="oauth-revoke"),
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    # After those above, which hold none of them: pages are tried one by one.
    path("", include("overview.urls")),
    path("", include("governance.urls")),
    path("", include("consent.urls")),
    path("", include("renovation.urls")),
    # After the pages, some of which stand below it.
    path("admin/", admin.site.urls),
]

handler400 = "config.faults.bad_request"
handler500 = "config.faults.server_error"
