"""The pages of the registry, importing a roster; and those of a neighbourhood's life."""

from django.urls import path

from renovation.pages import (
    acceptance,
    awards,
    defects,
    details,
    early_damage,
    evaluations,
    evidence,
    lifecycle,
    money,
    money_forms,
    plans,
    roster_imports,
    site_reports,
    works,
    works_photos,
)

urlpatterns = [
    path("neighbourhoods/early-damage/", early_damage.early_damage_page, name="early_damage"),
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
    path("neighbourhoods/<int:pk>/edit/", details.neighbourhood_details, name="neighbourhood_details"),
    path("neighbourhoods/<int:pk>/move/<slug:stage>/", lifecycle.neighbourhood_move, name="neighbourhood_move"),
    path("neighbourhoods/<int:pk>/history/", lifecycle.neighbourhood_history, name="neighbourhood_history"),
    path(
        "neighbourhoods/<int:pk>/overrides/<int:override>/confirm/",
        lifecycle.neighbourhood_override_confirm,
        name="neighbourhood_override_confirm",
    ),
    path(
        "neighbourhoods/<int:pk>/overrides/<slug:stage>/<slug:guard>/",
        lifecycle.neighbourhood_override,
        name="neighbourhood_override",
    ),
    path("neighbourhoods/<int:pk>/evidence/", evidence.neighbourhood_evidence, name="neighbourhood_evidence"),
    path(
        "neighbourhoods/<int:pk>/evidence/<slug:kind>/",
        evidence.neighbourhood_evidence_kind,
        name="neighbourhood_evidence_kind",
    ),
    path("neighbourhoods/<int:pk>/plan/draft/open/", plans.plan_draft_open, name="plan_draft_open"),
    path("neighbourhoods/<int:pk>/plan/draft/discard/", plans.plan_draft_discard, name="plan_draft_discard"),
    path("neighbourhoods/<int:pk>/plan/draft/items/<slug:code>/", plans.plan_draft_item, name="plan_draft_item"),
    path("neighbourhoods/<int:pk>/money/", money.money, name="money"),
    path("neighbourhoods/<int:pk>/money/entries/", money.money_entries, name="money_entries"),
    path("neighbourhoods/<int:pk>/money/entries/<int:entry>/", money_forms.money_entry, name="money_entry"),
    path("neighbourhoods/<int:pk>/money/items/<slug:code>/", money.money_item, name="money_item"),
    path("neighbourhoods/<int:pk>/money/sources/new/", money_forms.money_source_new, name="money_source_new"),
    path("neighbourhoods/<int:pk>/money/sources/<int:source>/", money.money_source, name="money_source"),
    path(
        "neighbourhoods/<int:pk>/money/sources/<int:source>/edit/",
        money_forms.money_source_edit,
        name="money_source_edit",
    ),
    path(
        "neighbourhoods/<int:pk>/money/sources/<int:source>/record/",
        money_forms.money_entry_new,
        name="money_entry_new",
    ),
    path(
        "neighbourhoods/<int:pk>/money/sources/<int:source>/tranches/",
        awards.money_tranche_new,
        name="money_tranche_new",
    ),
    path("neighbourhoods/<int:pk>/money/tranches/<int:tranche>/", awards.money_tranche, name="money_tranche"),
    path("neighbourhoods/<int:pk>/works/", works.works, name="works"),
    path("neighbourhoods/<int:pk>/works/packages/new/", works.work_package_new, name="work_package_new"),
    path("neighbourhoods/<int:pk>/works/packages/<int:package>/", works.work_package, name="work_package"),
    path(
        "neighbourhoods/<int:pk>/works/packages/<int:package>/edit/", works.work_package_edit, name="work_package_edit"
    ),
    path("neighbourhoods/<int:pk>/works/packages/<int:package>/progress/", works.work_progress, name="work_progress"),
    path("neighbourhoods/<int:pk>/works/packages/<int:package>/move/", works.work_move, name="work_move"),
    path(
        "neighbourhoods/<int:pk>/works/packages/<int:package>/acceptance/",
        acceptance.work_acceptance,
        name="work_acceptance",
    ),
    path("neighbourhoods/<int:pk>/works/changes/new/", acceptance.change_request_new, name="change_request_new"),
    path("neighbourhoods/<int:pk>/works/changes/<int:change>/", acceptance.change_request, name="change_request"),
    path("neighbourhoods/<int:pk>/works/warranties/", acceptance.warranties, name="warranties"),
    path("neighbourhoods/<int:pk>/works/filing/", acceptance.completion_filing, name="completion_filing"),
    path("neighbourhoods/<int:pk>/works/reports/", site_reports.site_reports, name="site_reports"),
    path("neighbourhoods/<int:pk>/works/defects/", defects.defects, name="defects"),
    path("neighbourhoods/<int:pk>/works/defects/<int:defect>/", defects.defect, name="defect"),
    path("neighbourhoods/<int:pk>/works/photos/", works_photos.works_photos, name="works_photos"),
    path(
        "neighbourhoods/<int:pk>/works/photos/<int:photo>/publish/",
        works_photos.site_photo_publish,
        name="site_photo_publish",
    ),
    path("neighbourhoods/<int:pk>/evaluation/", evaluations.evaluation, name="evaluation"),
    path(
        "neighbourhoods/<int:pk>/evaluation/<int:evaluation>/",
        evaluations.evaluation_result,
        name="evaluation_result",
    ),
    path(
        "neighbourhoods/<int:pk>/evaluation/<int:evaluation>/answers/",
        evaluations.evaluation_answers,
        name="evaluation_answers",
    ),
    path("site-photos/<int:photo>/", works_photos.site_photo, name="site_photo"),
    path("site-photos/<int:photo>/small/", works_photos.site_photo_small, name="site_photo_small"),
]
