"""Pages made of several apps: the start page, and the neighbourhoods."""

from django.contrib import admin
from django.urls import include, path

from overview.pages import (
    dashboard,
    dashboard_what_if,
    deferred,
    exports,
    home,
    importing,
    menu,
    neighbourhoods,
    neighbours,
    plans,
)

importing_routes = [
    path(
        f"admin/{model._meta.app_label}/{model._meta.model_name}/import/",
        admin.site.admin_view(importing.import_rows),
        {"model": model},
        name=f"import_{model._meta.model_name}",
    )
    for model, shown in admin.site._registry.items()
    if getattr(shown, "line_resource", None)
]

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/what-if/", dashboard_what_if.dashboard_what_if, name="dashboard_what_if"),
    path("dashboard/rows/<slug:key>/", dashboard.dashboard_rows, name="dashboard_rows"),
    path("dashboard/print/", dashboard.print_dashboard, name="print_dashboard"),
    path("dashboard/<slug:place>/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<slug:place>/what-if/", dashboard_what_if.dashboard_what_if, name="dashboard_what_if"),
    path("dashboard/<slug:place>/print/", dashboard.print_dashboard, name="print_dashboard"),
    path("dashboard/<slug:place>/rows/<slug:key>/", dashboard.dashboard_rows, name="dashboard_rows"),
    path("", include("overview.paper_urls")),
    # In the back office, of which its own routes come later; it tells of surveys, so it is made up here.
    path("admin/renovation/menuedition/replace/", admin.site.admin_view(menu.menu_replace), name="menu_replace"),
    path("admin/renovation/menuedition/replace/file/", admin.site.admin_view(menu.menu_file), name="menu_file"),
    *importing_routes,
    path("exports/", exports.exports, name="exports"),
    path("exports/new/", exports.export_new, name="export_new"),
    path("exports/views/<int:view>/", exports.saved_view, name="saved_view"),
    path("exports/views/<int:view>/do/", exports.saved_view_act, name="saved_view_act"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("neighbourhoods/", neighbourhoods.neighbourhood_list, name="neighbourhoods"),
    path("neighbourhoods/deferred/", deferred.deferred, name="deferred"),
    path("neighbourhoods/new/", neighbourhoods.neighbourhood_register, name="neighbourhood_register"),
    path("neighbourhoods/<int:pk>/", neighbourhoods.neighbourhood_page, name="neighbourhood"),
    path("neighbourhoods/<int:pk>/households/", neighbourhoods.neighbourhood_households, name="households"),
    path("neighbourhoods/<int:pk>/plan/", plans.plan_page, name="plan"),
    path("neighbourhoods/<int:pk>/plan/draft/", plans.plan_draft, name="plan_draft"),
    path("neighbourhoods/<int:pk>/plan/<int:revision>/", plans.plan_revision, name="plan_revision"),
    path("neighbourhoods/<int:pk>/neighbours/", neighbours.neighbours, name="neighbours"),
]
