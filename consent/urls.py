"""The pages of surveys: results, doors, ledgers, and the work at the doors."""

from django.urls import path

from consent.pages import doors, field, field_data, handed, orders, outings, roll, surveys

urlpatterns = [
    path("surveys/", surveys.survey_list, name="surveys"),
    path("surveys/<int:pk>/", surveys.survey_page, name="survey"),
    path("surveys/<int:pk>/close-round/", surveys.survey_close_round, name="survey_close_round"),
    path("surveys/<int:pk>/close/", surveys.survey_close, name="survey_close"),
    path("surveys/<int:pk>/doors/", doors.survey_doors, name="survey_doors"),
    path("surveys/<int:pk>/ledger/", doors.survey_ledger, name="survey_ledger"),
    path("surveys/<int:pk>/file/", doors.survey_file_download, name="survey_file"),
    path("surveys/<int:pk>/orders/", orders.survey_orders, name="survey_orders"),
    path("surveys/<int:pk>/roll/", roll.survey_roll, name="survey_roll"),
    path("surveys/<int:pk>/outings/", outings.survey_outings, name="survey_outings"),
    path("surveys/<int:pk>/handed/", handed.survey_handed, name="survey_handed"),
    path("neighbourhoods/<int:pk>/surveys/new/", surveys.survey_open, name="survey_open"),
    path("field/", field.field, name="field"),
    path("field/waiting/", field.field, name="field_waiting"),
    path("field/surveys/<int:pk>/", field.field_survey, name="field_survey"),
    path("field/surveys/<int:pk>/search/", field.field_survey, name="field_search"),
    path("field/surveys/<int:pk>/evening/", field.field_survey, name="field_evening"),
    path("field/surveys/<int:pk>/doors/<int:household>/", field.field_door, name="field_door"),
    path("field/shell/<slug:language>/", field.field_shell, name="field_shell"),
    path("field/worker.js", field.field_worker, name="field_worker"),
    path("field/manifest.webmanifest", field.field_manifest, name="field_manifest"),
    path("field/hello/", field_data.field_hello, name="field_hello"),
    path("field/seen/", field_data.field_seen, name="field_seen"),
    path("field/surveys/<int:pk>/pack/", field_data.field_survey_pack, name="field_survey_pack"),
    path("field/surveys/<int:pk>/doors/<int:household>/reveal/", field_data.field_reveal, name="field_reveal"),
    path("field/surveys/<int:pk>/handed/", field_data.field_survey_handed, name="field_survey_handed"),
]
