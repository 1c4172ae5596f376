"""The pages of the registry: importing a roster."""

from django.urls import path

from renovation.pages import roster_imports

urlpatterns = [
    path("neighbourhoods/<int:pk>/roster/", roster_imports.roster_import, name="roster_import"),
    path(
        "neighbourhoods/<int:pk>/roster/<int:number>/", roster_imports.roster_import_result, name="roster_import_result"
    ),
    path(
        "neighbourhoods/<int:pk>/roster/<int:number>/write/",
        roster_imports.roster_import_write,
        name="roster_import_write",
    ),
    path(
        "neighbourhoods/<int:pk>/roster/<int:number>/revert/",
        roster_imports.roster_import_revert,
        name="roster_import_revert",
    ),
    path(
        "neighbourhoods/<int:pk>/roster/<int:number>/rejects/",
        roster_imports.roster_import_rejects,
        name="roster_import_rejects",
    ),
]
