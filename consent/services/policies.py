from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.errors import PolicySetAlready
from consent.models import ConsentPolicy
from renovation.models import Division


@transaction.atomic
def set_policy(
    *,
    division: Division,
    pass_share: Decimal,
    valid_from: date,
    document: str,
    by: User,
    count_vacant: bool = True,
    count_verbal: bool = False,
) -> ConsentPolicy:
    """Set what a division asks for from a day on; a share above 0, up to 1 (policy.md, section b).

    Nothing is overwritten, and open surveys keep what they froze. PolicySetAlready where the day has one.
    """
    try:
        with transaction.atomic():
            policy = ConsentPolicy.objects.create(
                division=division,
                pass_share=pass_share,
                count_vacant=count_vacant,
                count_verbal=count_verbal,
                valid_from=valid_from,
                document=document,
            )
    except IntegrityError as error:
        raise PolicySetAlready(_("This division has a policy from this day on already.")) from error
    add_history(policy, "policy_set", by=by, action="created", pass_share=str(pass_share), document=document)
    return policy
