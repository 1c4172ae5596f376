"""The pages of fees, below `/fees/`."""

from django.urls import path

from governance.pages.fees import (
    bills,
    endings,
    households,
    hub,
    liabilities,
    months,
    payments,
    reductions,
    runs,
    schedules,
)

urlpatterns = [
    path("", hub.fees_home, name="fees_home"),
    path("<int:pk>/", hub.fees, name="fees"),
    # Households and bills.
    path("<int:pk>/households/", households.fee_households, name="fee_households"),
    path("<int:pk>/households/<int:household>/", households.fee_household, name="fee_household"),
    path("<int:pk>/bills/", bills.fee_bills, name="fee_bills"),
    path("<int:pk>/bills/print/", bills.fee_bills_print, name="fee_bills_print"),
    path("<int:pk>/bills/<int:bill>/", bills.fee_bill, name="fee_bill"),
    # Billing runs and months.
    path("<int:pk>/runs/", runs.fee_runs, name="fee_runs"),
    path("<int:pk>/runs/<int:run>/", runs.fee_run, name="fee_run"),
    path("<int:pk>/months/", months.fee_months, name="fee_months"),
    # Payments and refunds.
    path("<int:pk>/households/<int:household>/pay/", payments.fee_payment_new, name="fee_payment_new"),
    path("<int:pk>/payments/", payments.fee_payments, name="fee_payments"),
    path("<int:pk>/payments/<int:payment>/receipt/", payments.fee_receipt, name="fee_receipt"),
    path("<int:pk>/accounts/<int:account>/refund/", payments.fee_refund, name="fee_refund"),
    path("<int:pk>/ending/", endings.fee_ending, name="fee_ending"),
    # Prices, tenants who pay, and reductions.
    path("<int:pk>/prices/", schedules.fee_schedules, name="fee_schedules"),
    path("<int:pk>/prices/new/", schedules.fee_schedule_new, name="fee_schedule_new"),
    path("<int:pk>/prices/<int:schedule>/", schedules.fee_schedule, name="fee_schedule"),
    path("<int:pk>/tenants/", liabilities.fee_liabilities, name="fee_liabilities"),
    path("<int:pk>/tenants/new/", liabilities.fee_liability_new, name="fee_liability_new"),
    path("<int:pk>/reductions/", reductions.fee_reductions, name="fee_reductions"),
    path("<int:pk>/reductions/new/", reductions.fee_reduction_new, name="fee_reduction_new"),
    path("<int:pk>/reductions/<int:reduction>/", reductions.fee_reduction, name="fee_reduction"),
    # Arrears and reminders.
    # Parking.
    # Statements and payment channels.
    # Rates, disclosure, audits.
]
